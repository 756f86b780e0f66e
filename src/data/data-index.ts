/** A list of the data sets that lie beside a page, as JSON: the lab's `data/index.json`. Paths are relative to the list. */
export interface DataIndex {
  readonly sets: readonly DataSet[];
}

/** One data set of such a list. */
export interface DataSet {
  readonly name: string;
  /** The name for people. */
  readonly title: string;
  /** Names of the classes, in the order of the labels. */
  readonly classes: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** The set is all parts, one after the other; the first is enough to begin with. */
  readonly train: readonly DataPart[];
  readonly test: readonly DataPart[];
}

/** A part of a data set. Its files may be plain or gzip, whatever they are called. */
export type DataPart = PartSize &
  (
    | {
        /** A pair of IDX files. */
        readonly format: "idx";
        readonly images: string;
        readonly labels: string;
      }
    | {
        /** Records of CIFAR-10's binary version. */
        readonly format: "cifar10";
        readonly records: string;
      }
  );

interface PartSize {
  /** Images. */
  readonly count: number;
  /** Of its files together, as they are transferred. */
  readonly bytes: number;
}
