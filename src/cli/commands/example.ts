import { Command, Option } from "commander";
import { device } from "../../runtime/device.js";
import { type Example, topics } from "../example.js";
import { exampleContext } from "../examples/context.node.js";
import { allExamples, findExample } from "../examples/list.node.js";
import { OutputFolder } from "../examples/output.node.js";
import { Reader } from "../examples/reader.js";
import { checkOwnOptions, jsonLine, runExample, untilStopped } from "../examples/run.js";
import { stopOnSignal } from "../signals.js";
import { path, seed } from "./options.js";

interface ExampleFlags {
  readonly quick?: boolean;
  readonly seed: number;
  readonly out?: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}

/** The options that every example has. */
const common = () => [
  new Option("--quick", "show the effect in a few seconds, at a smaller size"),
  new Option("--seed <number>", "decides everything random").argParser(seed).default(1),
  new Option("--out <dir>", "folder for pictures (default: gradus-examples/NAME)").argParser(path),
  new Option("--data <dir>", "folder of MNIST or CIFAR-10, for examples that use them").argParser(path),
  new Option("--json", "print the numbers as one JSON object, and the rest to stderr"),
  new Option("-h, --help", "display help for command"),
];

export function addExampleCommand(program: Command): void {
  const command = program
    .command("example")
    .summary("run an example of what the lectures teach")
    .description(
      "Runs an example: what the lecture claims, and what is measured here. Without a name, lists them all.",
    )
    .usage("[name] [options]")
    .argument("[name]", "an example's name, or the path of a file of your own (./mine.js)")
    .addHelpText(
      "after",
      "\nExamples:\n  gradus example\n  gradus example xor --quick\n  gradus example xor --help",
    )
    // Only the example knows all of its options; help is for it to give, too.
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments();
  for (const option of common()) command.addOption(option);
  command.action(async (first: string | undefined, flags: ExampleFlags) => {
    // An unknown option before the name takes its place.
    const name = first?.startsWith("-") ? undefined : first;
    if (name !== undefined) return prepare(command, await findExample(name), flags, command.args.slice(1));
    if (flags.help) return command.help();
    parseAlone(command, command.args);
    return list(flags);
  });
}

/** The command of one example: with its own options, it reads what the general one did not know. */
function prepare(
  parent: Command,
  example: Example,
  flags: ExampleFlags,
  rest: readonly string[],
): Promise<void> {
  const { name, title, claim, options = {} } = example;
  checkOwnOptions(
    example,
    common().map((option) => option.long?.slice(2) ?? ""),
  );
  const command = new Command(`gradus example ${name}`)
    .copyInheritedSettings(parent)
    .description(`${title}\n\n${claim}`)
    .helpOption(false);
  const own = Object.entries(options).map(([key, { description, value = "value", default: standard }]) => {
    const option = new Option(`--${key} <${value}>`, description);
    return { key, option: standard === undefined ? option : option.default(standard) };
  });
  for (const { option } of own) command.addOption(option);
  for (const option of common()) command.addOption(option);
  if (flags.help) return command.help();
  const given = parseAlone(command, rest);
  return run(
    example,
    flags,
    Object.fromEntries(own.map(({ key, option }) => [key, given[option.attributeName()]])),
  );
}

function parseAlone(command: Command, args: readonly string[]): Readonly<Record<string, string>> {
  return command
    .allowUnknownOption(false)
    .allowExcessArguments(false)
    .action(() => {})
    .parse(args, { from: "user" })
    .opts();
}

async function list(flags: ExampleFlags): Promise<void> {
  const examples = await allExamples();
  if (flags.json) {
    const shown = examples.map(({ name, topic, rows, title }) => ({ name, topic, rows, title }));
    process.stdout.write(`${JSON.stringify({ examples: shown })}\n`);
    return;
  }
  const { colors } = new Reader(process.stdout);
  const width = Math.max(...examples.map(({ name }) => name.length));
  for (const topic of topics) {
    const here = examples.filter((example) => example.topic === topic);
    if (here.length === 0) continue;
    process.stdout.write(`${colors.bold(topic)}\n`);
    for (const { name, title, rows } of here) {
      process.stdout.write(
        `  ${colors.cyan(name.padEnd(width))}  ${title} ${colors.dim(`(${rows.join(", ")})`)}\n`,
      );
    }
    process.stdout.write("\n");
  }
  process.stdout.write("Run one with: gradus example NAME; with --quick, it takes seconds.\n");
}

async function run(
  example: Example,
  flags: ExampleFlags,
  options: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { name, title, claim } = example;
  const { quick = false, data, json = false } = flags;
  const out = new OutputFolder(flags.out ?? `gradus-examples/${name}`);
  out.check();
  const reader = new Reader(json ? process.stderr : process.stdout);
  const stop = stopOnSignal(() => reader.close());
  const started = performance.now();
  try {
    reader.say(`${reader.colors.bold(name)}: ${title}\n`);
    reader.say(`The lecture says: ${claim}\n`);
    const context = exampleContext(example, {
      quick,
      seed: flags.seed,
      signal: stop.signal,
      data,
      options,
      out,
      reader,
    });
    const outcome = await untilStopped(runExample(example, context), stop.signal);
    const files = out.files.map((file) => file.path);
    if (outcome === undefined) {
      process.stderr.write(`stopped${files.length === 0 ? "" : `; written so far: ${files.join(", ")}`}\n`);
      process.exit(130);
    }
    const { measured, values } = outcome;
    reader.say(`\nMeasured here: ${measured}`);
    if (files.length > 0) {
      reader.say("\nWritten:");
      for (const { path: file, caption } of out.files)
        reader.say(`  ${file}${caption && `  ${reader.colors.dim(caption)}`}`);
    }
    const seconds = (performance.now() - started) / 1000;
    if (json)
      process.stdout.write(
        jsonLine({ example: name, quick, seed: flags.seed, seconds, claim, measured, files }, values),
      );
  } finally {
    reader.close();
    stop.release();
    device().close();
  }
}
