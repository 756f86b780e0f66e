import { join } from "node:path";
import { SingleBar } from "cli-progress";
import type { Command } from "commander";
import { suggestion } from "../../recipe/nearest.js";
import { cifar10Listing } from "../data/cifar10.node.js";
import { fetchFiles } from "../data/fetch.node.js";
import { cacheFolder } from "../data/folders.node.js";
import { listDatasets } from "../data/sources.node.js";
import { UserError } from "../errors.js";
import { stopOnSignal } from "../signals.js";
import { colorsFor, grouped, table } from "../terminal/style.js";
import { path } from "./options.js";

const fetchable = ["mnist"];

export function addDataCommand(program: Command): void {
  const data = program
    .command("data")
    .summary("list data sets, or fetch one")
    .description("Lists the data sets that recipes can name, and where they are.")
    .option("--data <dir>", "folder to look in", path)
    .action((flags: { readonly data?: string }) => list(flags.data));
  data
    .command("list")
    .description("Lists the data sets, as does the command without a verb.")
    .option("--data <dir>", "folder to look in", path)
    .action((_flags: unknown, command: Command) => list(command.optsWithGlobals<{ data?: string }>().data));
  data
    .command("fetch")
    .description("Downloads a data set's files; an interrupted download goes on where it stopped.")
    .argument("<name>", fetchable.join(", "))
    .option("--to <dir>", "folder for the files (default: the cache folder)", path)
    .option("--no-verify", "take files whatever their checksums")
    .action(fetchDataset);
}

function list(folder: string | undefined): void {
  const colors = colorsFor(process.stdout);
  const options = folder === undefined ? {} : { data: folder };
  const listings = [...listDatasets(options), cifar10Listing(options)];
  const rows = listings.map(({ name, count, present, where, howToGet }) => [
    name,
    grouped(count.train),
    grouped(count.test),
    present ? `in ${where}` : `not here; get it with: ${howToGet}`,
  ]);
  const [header, ...lines] = table([["name", "train", "test", "where"], ...rows], [0, 3]).split("\n");
  process.stdout.write(`${colors.dim(header as string)}\n`);
  lines.forEach((line, i) => {
    const description = listings[i]?.description ?? "";
    process.stdout.write(`${line}\n${colors.dim(`  ${description}`)}\n`);
  });
}

interface FetchFlags {
  readonly to?: string;
  readonly verify: boolean;
}

async function fetchDataset(name: string, flags: FetchFlags): Promise<void> {
  if (!fetchable.includes(name)) {
    throw new UserError(
      `"${name}" cannot be fetched${suggestion(name, fetchable)} (known: ${fetchable.join(", ")})`,
    );
  }
  const stop = stopOnSignal(() => {});
  const { isTTY } = process.stdout;
  let current = "";
  let bar: SingleBar | undefined;
  const show = (file: string, received: number, total: number) => {
    if (file !== current) {
      bar?.stop();
      current = file;
      if (isTTY) {
        bar = new SingleBar({
          format: `{bar} {percentage}%  ${file}  {value} of {total} bytes`,
          stream: process.stdout,
        });
        bar.start(total, received);
      } else process.stdout.write(`${file} (${grouped(total)} bytes)\n`);
    }
    bar?.setTotal(total);
    bar?.update(received);
  };
  try {
    const { folder } = await fetchFiles({
      folder: flags.to ?? join(cacheFolder(), name),
      verify: flags.verify,
      onProgress: show,
      signal: stop.signal,
    });
    bar?.stop();
    process.stdout.write(`${name} is in ${folder}\n`);
  } catch (error) {
    bar?.stop();
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`stopped; the same command goes on where it stopped\n`);
    process.exitCode = 130;
  } finally {
    stop.release();
  }
}
