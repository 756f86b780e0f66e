/** The data sets that a training may use: those served beside the page, and those that the user brought. */
import { data } from "gradus";
import type { SetFacts, UploadedSet } from "./protocol.js";

export interface TrainAndTest {
  readonly train: data.LabelledImages;
  readonly test: data.LabelledImages;
}

/** All of the digits, where "digits" is only the part that comes with the page. */
const wholeDigits = "digits-all";

export class DataSets {
  readonly #base: string;
  readonly #sets = new Map<string, Promise<TrainAndTest>>();
  readonly #own = new Map<string, SetFacts>();
  #index: Promise<data.DataIndex> | undefined;

  /** @param base address of the page */
  constructor(base: string) {
    this.#base = new URL("data/", base).href;
  }

  /** All sets there are, those of the user last. */
  async list(): Promise<SetFacts[]> {
    const { sets } = await this.#readIndex();
    const served = sets.flatMap((set) =>
      set.name === "digits"
        ? [factsOf(set, "digits", set.train.slice(0, 1)), factsOf(set, wholeDigits, set.train)]
        : [factsOf(set, set.name, set.train)],
    );
    return [...served, ...this.#own.values()];
  }

  /** @throws Error naming the sets there are */
  async facts(name: string): Promise<SetFacts> {
    const list = await this.list();
    const found = list.find((set) => set.name === name);
    if (found !== undefined) return found;
    const names = list.map((known) => known.name).join(", ");
    const advice =
      name === "mnist"
        ? "; the command `gradus data fetch mnist` gets it, and then `npm start` serves it"
        : name === "cifar10"
          ? "; `npm start -- --data FOLDER` serves it from where its binary files are"
          : "; images of your own are known only in the tab to which you brought them";
    throw new Error(`the data set ${JSON.stringify(name)} is not here (there are: ${names})${advice}`);
  }

  /** @throws Error naming the sets there are */
  load(name: string): Promise<TrainAndTest> {
    let set = this.#sets.get(name);
    if (set === undefined) {
      set = this.#fetch(name);
      this.#sets.set(name, set);
      // A set that could not be fetched may be there the next time.
      set.catch(() => this.#sets.delete(name));
    }
    return set;
  }

  /**
   * Makes a set of the user's known: every fifth image of a class is kept for the test.
   * @throws Error if it is no set to train on; then nothing changes
   */
  async add(set: UploadedSet): Promise<SetFacts> {
    const { name, classes, channels, height, width, pixels, labels } = set;
    const taken = (await this.list()).some((one) => one.name === name && !one.own);
    if (taken)
      throw new Error(`there is a data set ${JSON.stringify(name)} already; give yours another name`);
    if (classes.length < 2)
      throw new Error(`${name}: there must be at least two classes, but there is ${classes.length}`);
    const count = labels.length;
    if (pixels.length !== count * channels * height * width) {
      throw new Error(
        `${name}: ${pixels.length} pixel values are not those of ${count} images of ${channels} x ${height} x ${width}`,
      );
    }
    const all: data.LabelledImages = { name, classes, channels, height, width, pixels, labels, count };
    const split = data.stratifiedSplit(labels, classes.length, 0.2, 1);
    const both = { train: data.subset(all, split.train), test: data.subset(all, split.test) };
    if (both.test.count === 0 || both.train.count < 4) {
      throw new Error(`${name}: ${count} images are too few to train and test; bring at least 5`);
    }
    const facts = { name, classes, channels, height, width, count: both.train.count, own: true };
    this.#sets.set(name, Promise.resolve(both));
    this.#own.set(name, facts);
    return facts;
  }

  async #readIndex(): Promise<data.DataIndex> {
    this.#index ??= this.#get("index.json").then(
      (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as data.DataIndex,
    );
    try {
      return await this.#index;
    } catch (error) {
      // What could not be fetched may be there the next time.
      this.#index = undefined;
      throw error;
    }
  }

  async #fetch(name: string): Promise<TrainAndTest> {
    await this.facts(name);
    const { sets } = await this.#readIndex();
    const set = sets.find(
      (candidate) => candidate.name === (name === wholeDigits ? "digits" : name),
    ) as data.DataSet;
    const parts = name === "digits" ? 1 : undefined;
    const [train, test] = await Promise.all([
      this.#join(set, set.train.slice(0, parts), name),
      this.#join(set, set.test.slice(0, parts), name),
    ]);
    return { train, test };
  }

  async #join(
    set: data.DataSet,
    parts: readonly data.DataPart[],
    name: string,
  ): Promise<data.LabelledImages> {
    const read = await Promise.all(parts.map((part) => this.#readPart(set, part)));
    const joined = read.length === 1 ? (read[0] as data.LabelledImages) : data.concatenate(read, name);
    return { ...joined, name };
  }

  async #readPart(set: data.DataSet, part: data.DataPart): Promise<data.LabelledImages> {
    const unpacked = async (path: string) => data.gunzipIfNeeded(await this.#get(path), { source: path });
    if (part.format === "cifar10") return data.parseCifar10(await unpacked(part.records), part.records);
    const [images, labels] = await Promise.all([unpacked(part.images), unpacked(part.labels)]);
    return data.labelledImages(data.parseIdx(images, part.images), data.parseIdx(labels, part.labels), {
      name: set.name,
      classes: set.classes,
    });
  }

  async #get(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await fetch(new URL(path, this.#base));
    if (!response.ok)
      throw new Error(`${path} could not be loaded: ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

function factsOf(
  { classes, channels, height, width }: data.DataSet,
  name: string,
  parts: readonly data.DataPart[],
): SetFacts {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  return { name, classes, channels, height, width, count, own: false };
}
