import { describe, expect, it } from "vitest";
import { type ImageTable, ImageTableReader } from "../../lab/src/data/csv.js";
import { labelled } from "../../lab/src/data/labels.js";

function read(text: string, piece = 7): ImageTable {
  const bytes = new TextEncoder().encode(text);
  const reader = new ImageTableReader("x.csv");
  for (let start = 0; start < bytes.length; start += piece) reader.push(bytes.subarray(start, start + piece));
  return reader.end();
}

const row = (label: string, first: number, count = 16) =>
  [label, ...Array.from({ length: count }, (_, i) => String(first + i))].join(",");
const header = ["label", ...Array.from({ length: 16 }, (_, i) => `pixel${i}`)].join(",");
const two = `${row("7", 0)}\n${row("3", 100)}\n`;
const cell = (column: number, value: string) => {
  const cells = row("3", 100).split(",");
  cells[column - 1] = value;
  return `${row("7", 0)}\n${cells.join(",")}\n`;
};

describe("images from a table", () => {
  it("reads rows of a label and pixels, in whatever pieces they come", () => {
    const table = read(two);
    expect(table.classes).toEqual(["3", "7"]);
    expect([...table.labels]).toEqual([1, 0]);
    expect([table.channels, table.height, table.width]).toEqual([1, 4, 4]);
    expect([...table.pixels]).toEqual([
      ...Array.from({ length: 16 }, (_, i) => i),
      ...Array.from({ length: 16 }, (_, i) => 100 + i),
    ]);
    for (const piece of [1, 2, 31, 10_000]) expect(read(two, piece)).toEqual(table);
  });

  it("takes a header, a byte order mark, carriage returns, quotes, empty lines, and no line break at the end", () => {
    const text = `\uFEFF${header}\r\n${row('"7"', 0)}\r\n\r\n${row("3", 100)}`;
    expect(read(text, 3)).toEqual(read(two));
  });

  it("finds the label where the header has it", () => {
    const last = (line: string) => [...line.split(",").slice(1), line.split(",")[0]].join(",");
    expect(read(`${last(header)}\n${two.trim().split("\n").map(last).join("\n")}`)).toEqual(read(two));
  });

  it("takes words as classes, numbers first and in their order", () => {
    const labels = ["10", "cat", "9", "ant"];
    expect(read(labels.map((label) => row(label, 0)).join("\n")).classes).toEqual(["9", "10", "ant", "cat"]);
    expect(read(`${row("y", 1)}\n${row("x", 1)}`).labels).toEqual(Uint8Array.of(1, 0));
  });

  it("sees three planes of colours", () => {
    const { channels, height, pixels } = read(`${row("a", 1, 48)}\n${row("b", 2, 48)}`);
    expect([channels, height, pixels.length]).toEqual([3, 4, 96]);
  });

  it("names line and column of what is wrong", () => {
    const wrong = (text: string) => {
      try {
        read(text);
      } catch (error) {
        return (error as Error).message;
      }
      return "nothing";
    };
    expect(wrong(cell(5, "abc"))).toBe('x.csv, line 2, column 5: "abc" is no number');
    expect(wrong(cell(5, "NaN"))).toBe('x.csv, line 2, column 5: "NaN" is no number');
    expect(wrong(cell(3, ""))).toBe("x.csv, line 2, column 3: the value is empty");
    expect(wrong(cell(3, "256"))).toBe("x.csv, line 2, column 3: 256 is not from 0 to 255");
    expect(wrong(cell(3, "-1"))).toBe("x.csv, line 2, column 3: -1 is not from 0 to 255");
    expect(wrong(cell(3, "Infinity"))).toBe("x.csv, line 2, column 3: Infinity is not from 0 to 255");
    expect(wrong(cell(17, "0.5"))).toBe(
      "x.csv, line 2, column 17: 0.5 is no whole number; pixels are from 0 to 255",
    );
    expect(wrong(cell(1, ""))).toBe("x.csv, line 2, column 1: the label is empty");
    expect(wrong(cell(1, '"a'))).toContain(
      "line 2, column 1: quotation marks must stand around a whole value",
    );
    expect(wrong(`${header}\n${row("1", 0, 15)}\n`)).toBe(
      "x.csv, line 2: there are 16 values, but 17 in line 1",
    );
    expect(wrong(`${two}${row("1", 0, 17)}\n`)).toBe("x.csv, line 3: there are 18 values, but 17 in line 1");
    expect(wrong(two.replaceAll(",", ";"))).toBe(
      "x.csv, line 1: values are separated by semicolons, but must be by commas",
    );
    expect(wrong("hello\n")).toBe(
      "x.csv, line 1: there is only one value, but a label and pixels are needed",
    );
    expect(wrong(row("1", 0, 20))).toContain(
      "x.csv, line 1: there are 20 values besides the label, but square images are needed",
    );
    expect(wrong("")).toBe("x.csv: it has no rows of numbers");
    expect(wrong(`${header}\n`)).toBe("x.csv: it has no rows of numbers");
    expect(wrong(`${row("5", 0)}\n${row("5", 1)}`)).toContain('all 2 images are of the class "5"');
    expect(wrong(Array.from({ length: 257 }, (_, i) => row(`c${i}`, 0)).join("\n"))).toContain(
      "line 257, column 1: this is class 257",
    );
  });

  it("refuses what is no text, and lines without end, without keeping them", () => {
    const reader = new ImageTableReader("x.csv");
    expect(() => reader.push(Uint8Array.of(0x89, 0x50, 0xff, 0xfe))).toThrow("x.csv, line 1: it is no text");
    const endless = new ImageTableReader("x.csv");
    const zeros = new TextEncoder().encode("0,".repeat(100_000));
    expect(() => {
      for (let i = 0; i < 100; i++) endless.push(zeros);
    }).toThrow("x.csv, line 1: the line is too long for an image");
  });
});

describe("classes of image files", () => {
  const files = (...paths: string[]) => paths.map((path) => ({ path }));

  it("are their folders, or else the beginnings of their names", () => {
    const pets = labelled(files("pets/dog/1.png", "pets/cat/1.png", "pets/cat/2.png", "pets/dog/2.png"));
    expect(pets).toMatchObject({ classes: ["cat", "dog"], by: "folder" });
    expect([...pets.labels]).toEqual([1, 0, 0, 1]);
    const names = labelled(
      files("p/cat_01.png", "p/cat-2.png", "p/dog (3).jpg", "p/dog4.png", "p/dog.5.jpeg"),
    );
    expect(names).toMatchObject({ classes: ["cat", "dog"], by: "name" });
    expect([...names.labels]).toEqual([0, 0, 1, 1, 1]);
    expect(labelled(files("3_0001.png", "3_2.png", "12_1.png", "12_2.png")).classes).toEqual(["12", "3"]);
  });

  it("must be told, and be two at least", () => {
    expect(() => labelled(files("a/cat_1.png", "a/001.png"))).toThrow(
      "the class of a/001.png cannot be told",
    );
    expect(() => labelled(files("cat_1.png", "cat_2.png"))).toThrow('all 2 images are of the class "cat"');
    expect(() => labelled(files("a_1.png", "b_1.png", "c_1.png"))).toThrow(
      "3 images are of 3 classes (a, b, c, ...)",
    );
    expect(() => labelled([])).toThrow("there are no images");
  });
});
