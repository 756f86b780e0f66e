/**
 * What is thrown for data that cannot be used: truncated files, sizes that do not fit, labels out of range.
 * The message starts with the source (usually a file name), then says what was found and what was expected.
 */
export class DataError extends Error {
  override readonly name = "DataError";
  /** The file, or whatever else the data came from. */
  readonly source: string;

  constructor(source: string, problem: string, options?: ErrorOptions) {
    super(`${source}: ${problem}`, options);
    this.source = source;
  }
}
