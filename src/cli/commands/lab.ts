import { once } from "node:events";
import type { Command } from "commander";
import type { DataSet } from "../../data/data-index.js";
import { UserError } from "../errors.js";
import { defaultPort, startLabServer } from "../lab/server.node.js";
import { stopOnSignal } from "../signals.js";
import { colorsFor, grouped } from "../terminal/style.js";
import { path, port } from "./options.js";

interface LabFlags {
  readonly port?: number;
  readonly open?: boolean;
  readonly data?: string;
}

export function addLabCommand(program: Command): void {
  program
    .command("lab")
    .summary("watch and question a network while it learns, in the browser")
    .description(
      "Serves the laboratory to this machine's browsers, until Ctrl-C. Everything runs in the page; nothing is sent anywhere.",
    )
    .option("--port <n>", `port (default: the first free one from ${defaultPort} on; 0: any)`, port)
    .option("--open", "open it in the browser")
    .option("--data <dir>", "folder to look in for MNIST and CIFAR-10", path)
    .action(runLab);
}

const size = ({ title, train, test }: DataSet): string => {
  const count = [...train, ...test].reduce((sum, part) => sum + part.count, 0);
  return `${title} (${grouped(count)} images)`;
};

async function runLab(flags: LabFlags): Promise<void> {
  const server = await startLabServer(flags);
  const stop = stopOnSignal(() => {});
  try {
    for (const problem of server.problems) process.stderr.write(`left out: ${problem}\n`);
    if (flags.data !== undefined && server.sets.length < 2 && server.problems.length === 0) {
      throw new UserError(
        `--data ${flags.data}: neither MNIST nor CIFAR-10 is there; \`gradus data\` tells more`,
      );
    }
    if (flags.port === undefined && server.port !== defaultPort) {
      process.stdout.write(`Another program has port ${defaultPort}, so this is ${server.port}.\n`);
    }
    process.stdout.write(
      `The lab is at ${colorsFor(process.stdout).bold(server.url)}  (Ctrl-C ends it)\n` +
        `Data: ${server.sets.map(size).join(", ")}\n`,
    );
    if (flags.open) await openBrowser(server.url);
    if (!stop.signal.aborted) await once(stop.signal, "abort");
  } finally {
    stop.release();
    await server.close();
  }
}

async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import("open");
  const failed = () => process.stderr.write("No browser could be opened; please go there yourself.\n");
  try {
    (await open(url)).once("error", failed);
  } catch {
    failed();
  }
}
