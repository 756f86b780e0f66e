// What the other scripts rely on: the right Node, installed packages, a current build, a browser. Each function looks
// first and does nothing when there is nothing to do. Plain Node without packages, since it runs before installation.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param {string} path relative to the root of the project */
export const at = (path) => join(root, path);

/** A mistake that the user can mend: shown without a stack trace. */
export class SetupError extends Error {
  /** @override */
  name = "SetupError";
}

/**
 * Runs the body of a script; a SetupError becomes a message on stderr and exit code 1.
 * @param {() => number | Promise<number>} body gives the exit code
 */
export async function runScript(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment] on top of this process's own
 * @returns {Promise<number>} the exit code; 128 + 15 or so when a signal ended it
 */
export function run(command, args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...environment },
    });
    // Ctrl-C reaches the whole process group: the child decides what to do with it, and we report how it ended.
    const ignore = () => {};
    const forward = () => child.kill("SIGTERM");
    process.on("SIGINT", ignore);
    process.on("SIGTERM", forward);
    const settle = () => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", forward);
    };
    child.on("error", (error) => {
      settle();
      reject(error);
    });
    child.on("exit", (code, signal) => {
      settle();
      resolve(code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 137));
    });
  });
}

/**
 * Runs a program written in JavaScript with this very Node.
 * @param {string} script relative to the root of the project
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment]
 */
export const runNode = (script, args = [], environment = {}) =>
  run(process.execPath, [at(script), ...args], environment);

export const tools = {
  tsc: "node_modules/typescript/bin/tsc",
  biome: "node_modules/@biomejs/biome/bin/biome",
  vitest: "node_modules/vitest/vitest.mjs",
};

// ---- Node -------------------------------------------------------------------------------------------------------

/** Throws unless Node is new enough for `engines.node` of package.json, which is always written as ">=A.B". */
export function ensureNode(version = process.versions.node) {
  const required = JSON.parse(readFileSync(at("package.json"), "utf8")).engines.node;
  const [major = 0, minor = 0] = required
    .replace(/^>=\s*/, "")
    .split(".")
    .map(Number);
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new SetupError(
    `Gradus needs Node ${major}.${minor} or newer, and this is Node ${version}. Install a current one: nodejs.org.`,
  );
}

// ---- packages ---------------------------------------------------------------------------------------------------

const lockFile = at("package-lock.json");
const lockStamp = at("node_modules/.gradus-lock");

/** @param {string | Buffer} data */
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** @param {string} file */
export const readIfThere = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

/**
 * Whether npm's own record of what lies in node_modules holds everything that the lock file asks for, so that an
 * installation by hand is not repeated. Optional packages may be absent: they belong to other systems.
 * @param {string} lock
 * @param {string | undefined} installed
 */
export function isInstalled(lock, installed) {
  if (installed === undefined) return false;
  const there = JSON.parse(installed).packages;
  return Object.entries(JSON.parse(lock).packages).every(([path, wanted]) => {
    if (path === "") return true;
    const found = there[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

function npm() {
  const running = process.env.npm_execpath;
  if (running !== undefined && /npm-cli\.[cm]?js$/.test(running)) {
    return { command: process.execPath, prefix: [running] };
  }
  // npm is a .cmd file on Windows, which only a shell starts.
  return process.platform === "win32"
    ? { command: process.env.ComSpec ?? "cmd.exe", prefix: ["/d", "/s", "/c", "npm"] }
    : { command: "npm", prefix: [] };
}

/**
 * Installs a package of its own beside the project's (tools and peers that users never get), unless it is there. npm's
 * messages go to standard error.
 * @param {string} folder with package.json and package-lock.json, relative to the root
 * @param {string} what it holds, for the message
 * @param {NodeJS.ProcessEnv} [environment]
 */
export function ensurePackage(folder, what, environment = {}) {
  const lock = readFileSync(at(`${folder}/package-lock.json`), "utf8");
  if (isInstalled(lock, readIfThere(at(`${folder}/node_modules/.package-lock.json`)))) return;
  console.error(`Installing ${what}, once (npm ci in ${folder}/) ...`);
  const { command, prefix } = npm();
  const args = [...prefix, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync(command, args, {
    cwd: at(folder),
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new SetupError(`${what} could not be installed; npm's message is above.`);
}

/** Installs the packages unless those of package-lock.json are already there. */
export async function ensureInstalled() {
  ensureNode();
  const lock = readIfThere(lockFile);
  const wanted = sha256(lock ?? readFileSync(at("package.json")));
  if (readIfThere(lockStamp) === wanted) return;
  if (lock === undefined || !isInstalled(lock, readIfThere(at("node_modules/.package-lock.json")))) {
    console.log("Installing packages, once (npm) ...");
    const { command, prefix } = npm();
    // `--include=dev` because NODE_ENV=production would leave out the compiler that the next step needs.
    const code = await run(command, [
      ...prefix,
      lock === undefined ? "install" : "ci",
      "--include=dev",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ]);
    if (code !== 0) {
      throw new SetupError(
        `Installing packages failed (npm ended with code ${code}, its message is above). ` +
          "Check the network connection, then run the same command again.",
      );
    }
  }
  writeFileSync(lockStamp, wanted);
}

// ---- build ------------------------------------------------------------------------------------------------------

const buildStamp = at(".cache/build-stamp");
const buildInfos = [".cache/build.tsbuildinfo", ".cache/examples.tsbuildinfo"].map(at);
const digits = ["assets/digits/images.idx3-ubyte.gz", "assets/digits/labels.idx1-ubyte.gz"];

/**
 * @param {string} folder relative to the root
 * @returns {string[]} every file below it, relative to the root, sorted, with "/"
 */
export function listFiles(folder) {
  if (!existsSync(at(folder))) return [];
  return readdirSync(at(folder), { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? listFiles(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    )
    .sort();
}

/**
 * Contents, not times: switching branches back and forth costs nothing.
 * @param {readonly string[]} files relative to the root; they may be missing
 */
export function hashFiles(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\0`);
    if (existsSync(at(file))) hash.update(readFileSync(at(file)));
  }
  return hash.digest("hex");
}

const buildSettings = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"];

/** Files in dist whose source is gone would be published, and imported by mistake. */
function removeOrphans() {
  for (const file of listFiles("dist")) {
    const source = file
      .replace(/^dist\/(examples\/)?/, (_, examples) => examples ?? "src/")
      .replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts");
    if (!existsSync(at(source))) rmSync(at(file));
  }
}

async function compileSources() {
  const hash = hashFiles([...listFiles("src"), ...listFiles("examples"), ...buildSettings]);
  const built = existsSync(at("dist/index.js"));
  if (built && readIfThere(buildStamp) === hash) return;
  console.log("Building ...");
  // The incremental compiler writes only what changed since its record, so without dist the record must go, too.
  if (!built) for (const info of buildInfos) rmSync(info, { force: true });
  mkdirSync(at(".cache"), { recursive: true });
  rmSync(buildStamp, { force: true });
  // The examples see the library as users do: through the types that the first of these makes.
  for (const project of ["tsconfig.build.json", "examples/tsconfig.json"]) {
    if ((await runNode(tools.tsc, ["-p", project])) !== 0) {
      throw new SetupError("The sources do not compile; the messages are above.");
    }
  }
  removeOrphans();
  writeFileSync(buildStamp, hash);
}

/** The embedded data set, converted from a development dependency by its own script. */
export async function ensureDigits() {
  const script = statSync(at("scripts/build-digits.mjs")).mtimeMs;
  if (digits.every((file) => existsSync(at(file)) && statSync(at(file)).mtimeMs >= script)) return;
  if ((await runNode("scripts/build-digits.mjs")) !== 0) {
    throw new SetupError("The embedded digits could not be built; the message is above.");
  }
}

/** Compiles src to dist and converts the embedded digits, each only when its sources have changed. */
export async function ensureBuilt() {
  const results = await Promise.allSettled([compileSources(), ensureDigits()]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

// ---- browser ----------------------------------------------------------------------------------------------------

const chromiumPlaces = () => [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ...[process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, "Google/Chrome/Application/chrome.exe")),
];

/** @returns {string | undefined} a browser of the Chromium family on this machine */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new SetupError(`CHROMIUM_PATH names ${named}, which does not exist.`);
  }
  return chromiumPlaces().find((place) => existsSync(place));
}

/** The one command, for people, that lets the browser tests run. */
export function chromiumAdvice() {
  if (process.platform === "darwin") return "brew install --cask chromium";
  if (process.platform === "win32") return "winget install Google.Chrome";
  return "sudo apt-get install -y --no-install-recommends chromium";
}

/**
 * Finds a browser; as root on Debian (a container), installs one when there is none.
 * @returns {string | undefined} its path; without one, `chromiumAdvice()` says what to run
 */
export function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return undefined;
  console.log("Installing Chromium for the browser tests (apt-get) ...");
  const commands = [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
  ];
  for (const args of commands) {
    const { status } = spawnSync("apt-get", args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (status !== 0) return undefined;
  }
  return findChromium();
}
