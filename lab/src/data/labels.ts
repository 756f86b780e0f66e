/** Classes of image files by where they lie, or by how they are called. */
export interface NamedFile {
  /** With the folders in which it lies: `pets/cats/1.png`. */
  readonly path: string;
}

export interface Labelled<T> {
  readonly classes: readonly string[];
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly files: readonly T[];
  /** What the classes were told by. */
  readonly by: "folder" | "name";
}

const mostClasses = 256;

/**
 * The class of each file is the folder in which it lies; where all lie in the same, the beginning of its name, up to the
 * number at its end: `cat_01.png` is a "cat".
 *
 * @throws Error if that gives no two classes, or too many
 */
export function labelled<T extends NamedFile>(files: readonly T[]): Labelled<T> {
  if (files.length === 0) throw new Error("there are no images among these files");
  const folders = files.map(({ path }) => path.split("/").at(-2) ?? "");
  const by = new Set(folders).size > 1 ? "folder" : "name";
  const words = by === "folder" ? folders : files.map(({ path }) => prefixOf(path));
  const without = words.indexOf("");
  if (without >= 0) {
    throw new Error(
      `the class of ${files[without]?.path} cannot be told: put the images of each class into a folder of its own, or begin ` +
        "their names with the class, as in cat_01.png",
    );
  }
  const classes = [...new Set(words)].sort();
  if (classes.length < 2) {
    throw new Error(
      `all ${files.length} images are of the class "${classes[0]}"; there must be two classes at least`,
    );
  }
  if (classes.length > mostClasses || classes.length > files.length / 2) {
    throw new Error(
      `${files.length} images are of ${classes.length} classes (${classes.slice(0, 3).join(", ")}, ...); there must be two images ` +
        `of each at least, and ${mostClasses} classes at most`,
    );
  }
  return { classes, labels: Uint8Array.from(words, (word) => classes.indexOf(word)), files, by };
}

/** `cat` for `pets/cat_01.png`, `cat-1.png`, `cat (2).png` and `cat12.png`; `3` for `3_0001.png`. */
function prefixOf(path: string): string {
  const name = (path.split("/").at(-1) as string).replace(/\.[^.]*$/, "");
  const [, prefix = ""] = /^(.+?)(?:[\s_.-]+\(?\d+\)?|(?<=\D)\d+|\s*\(\d+\))$/.exec(name) ?? [];
  return prefix;
}
