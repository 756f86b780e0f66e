import { describe, expect, it } from "vitest";
import { type data, inspect } from "../../src/index.js";
import { textSize } from "../../src/inspect/text.js";

const drawn = (image: data.PixelImage) =>
  Array.from({ length: image.height }, (_, y) =>
    Array.from(image.data.subarray(y * image.width, (y + 1) * image.width), (value) =>
      value === 0 ? "#" : ".",
    ).join(""),
  );

describe("text", () => {
  it("is drawn in dots", () => {
    expect(drawn(inspect.text("7L"))).toEqual([
      "#####.#....",
      "....#.#....",
      "...#..#....",
      "..#...#....",
      "..#...#....",
      "..#...#....",
      "..#...#####",
    ]);
    const large = inspect.text("7", { scale: 3, ink: 9, paper: 100 });
    expect([large.width, large.height]).toEqual([15, 21]);
    expect(new Set(large.data)).toEqual(new Set([9, 100]));
  });

  it("has a letter for all that it may need, and the same for capitals", () => {
    const letters = [..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.,:-+=%><()/'!#"];
    const pictures = letters.map((letter) => drawn(inspect.text(letter)).join());
    expect(new Set(pictures).size).toBe(letters.length);
    expect(pictures).not.toContain(drawn(inspect.text("?")).join());
    expect(drawn(inspect.text("é"))).toEqual(drawn(inspect.text("?")));
    expect(drawn(inspect.text("cat"))).toEqual(drawn(inspect.text("CAT")));
  });

  it("goes on in the next line", () => {
    expect(textSize("AB\nC", 2)).toEqual({ width: 22, height: 32 });
    expect(drawn(inspect.text("\nL")).slice(9)).toEqual(drawn(inspect.text("L")));
  });

  it("stands below a picture, which stays as it was", () => {
    const image = {
      width: 3,
      height: 2,
      channels: 3 as const,
      data: Uint8Array.from({ length: 18 }, (_, i) => i),
    };
    const both = inspect.captioned(image, "OK");
    expect([both.width, both.height, both.channels]).toEqual([11, 11, 3]);
    expect(Array.from(both.data.subarray(3 * 4, 3 * 7))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(both.data[0]).toBe(255);
  });
});

describe("confusionPicture", () => {
  const confusion = [
    [90, 10],
    [0, 100],
  ];

  it("colours by the share of the row", () => {
    const { width, height, data } = inspect.confusionPicture(confusion, ["cat", "dog"]);
    // The last pixels of the four cells, left of and above their borders.
    const at = (x: number, y: number) =>
      Array.from(data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3));
    const side = textSize("cat", 2).width + 12;
    const [yes, no] = [at(width - 3, height - 3), at(width - side - 3, height - 3)];
    expect(yes).toEqual([253, 231, 37]);
    expect(no).toEqual([68, 1, 84]);
    expect(at(width - 3, height - 33)).not.toEqual(no);
  });

  it("needs a row and a column for each class", () => {
    expect(() => inspect.confusionPicture([[1, 2]], ["a", "b"])).toThrow(/1 rows of 2, but must have 2 of 2/);
  });
});

describe("judgedPicture", () => {
  it("shows each image above its caption", () => {
    const set = {
      name: "set",
      pixels: Uint8Array.of(0, 50, 100, 150, 200, 250, 255, 1),
      labels: Uint8Array.of(0, 1),
      count: 2,
      channels: 1,
      height: 2,
      width: 2,
      classes: ["a", "b"],
    };
    const judged = [{ index: 1, label: 1, predicted: 0, probability: 0.966 }];
    const caption = inspect.text("B AS A 97%");
    const sheet = inspect.judgedPicture(set, judged, { scale: 4 });
    expect([sheet.width, sheet.height]).toEqual([caption.width + 12, 8 + 2 + 7 + 12]);
    const left = 6 + Math.floor((caption.width - 8) / 2);
    expect(sheet.data[6 * sheet.width + left]).toBe(200);
    expect(() => inspect.judgedPicture(set, [])).toThrow(RangeError);
  });
});
