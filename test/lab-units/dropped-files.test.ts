import { describe, expect, it } from "vitest";
import { droppedFiles } from "../../lab/src/data/images.js";

/** What a browser makes of a file that is dropped. */
class FileEntry {
  readonly isFile = true;
  readonly isDirectory = false;
  readonly fullPath: string;
  readonly #file: File;
  constructor(fullPath: string) {
    this.fullPath = fullPath;
    const name = fullPath.split("/").at(-1) as string;
    this.#file = new File([name], name, { type: "image/png" });
  }

  file(resolve: (file: File) => void, reject: (error: Error) => void): void {
    if (this.#file.name === "lost.png") reject(new Error("lost.png cannot be read"));
    else resolve(this.#file);
  }
}

/** What a browser makes of a folder: it tells of two entries at a time. */
class DirectoryEntry {
  readonly isFile = false;
  readonly isDirectory = true;
  readonly entries: readonly (FileEntry | DirectoryEntry)[];
  constructor(entries: readonly (FileEntry | DirectoryEntry)[]) {
    this.entries = entries;
  }

  createReader() {
    let next = 0;
    return {
      readEntries: (resolve: (entries: readonly (FileEntry | DirectoryEntry)[]) => void) => {
        resolve(this.entries.slice(next, next + 2));
        next += 2;
      },
    };
  }
}

const file = (path: string) => new FileEntry(path);
const folder = (...entries: (FileEntry | DirectoryEntry)[]) => new DirectoryEntry(entries);

/** What is dropped; empty after the first wait, as in a browser. `null` is text. */
function items(...entries: (FileEntry | DirectoryEntry | null)[]): DataTransferItemList {
  const list = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
  queueMicrotask(() => list.splice(0));
  return list as unknown as DataTransferItemList;
}

const pathsOf = async (list: DataTransferItemList) => (await droppedFiles(list)).map(({ path }) => path);

describe("what is dropped on the page", () => {
  it("is all files, also those in folders, however many portions a folder comes in", async () => {
    const deep = folder(...[1, 2, 3, 4, 5].map((i) => file(`/pets/cats/small/${i}.png`)));
    const pets = folder(folder(file("/pets/cats/0.png"), deep), folder(), file("/pets/dog.png"));
    const found = await droppedFiles(items(file("/one.png"), null, pets, file("/last.png")));
    expect(found.map(({ path }) => path)).toEqual([
      "one.png",
      "pets/cats/0.png",
      ...[1, 2, 3, 4, 5].map((i) => `pets/cats/small/${i}.png`),
      "pets/dog.png",
      "last.png",
    ]);
    expect(await found[2]?.file.text()).toBe("1.png");
  });

  it("is nothing where only text is dropped, or an empty folder", async () => {
    expect(await pathsOf(items(null))).toEqual([]);
    expect(await pathsOf(items(folder()))).toEqual([]);
  });

  it("is not read any further than the page could take", async () => {
    const many = folder(...new Array<FileEntry>(20_010).fill(file("/many/1.png")));
    expect((await pathsOf(items(many))).length).toBe(20_001);
  });

  it("says which file could not be read", async () => {
    await expect(droppedFiles(items(folder(file("/lost.png"))))).rejects.toThrow("lost.png cannot be read");
  });
});
