import { describe, expect, it } from "vitest";
import { keyRange, mistakeIn, placeAt, rangeOf } from "../../lab/src/parts/train/json-position.js";

const text = `{
  "name": "x", "layers": [
    { "type": "conv2d", "kernelSize": [3, 5] },
    { "type": "residual", "layers": [{ "type": "relu" }] }
  ],
  "twice": 1, "twice": 2
}`;
const at = (path: (string | number)[]) => {
  const { from, to } = rangeOf(text, path);
  return text.slice(from, to);
};

describe("places in the text of a recipe", () => {
  it("finds what stands at a path", () => {
    expect(at(["name"])).toBe('"x"');
    expect(at(["layers", 0])).toBe('{ "type": "conv2d", "kernelSize": [3, 5] }');
    expect(at(["layers", 0, "kernelSize", 1])).toBe("5");
    expect(at(["layers", 1, "layers", 0, "type"])).toBe('"relu"');
    expect(at(["twice"])).toBe("2");
  });

  it("gives the bracket of what lacks something", () => {
    expect(at([])).toBe("{");
    expect(rangeOf(text, ["optimizer"])).toEqual({ from: 0, to: 1 });
    const { from, to } = rangeOf(text, ["layers", 0, "filters"]);
    expect([from, text.slice(from, to)]).toEqual([text.indexOf('{ "type": "conv2d"'), "{"]);
    expect(rangeOf(text, ["layers", 7])).toEqual({ from: text.indexOf("["), to: text.indexOf("[") + 1 });
    expect(rangeOf("", ["layers"])).toEqual({ from: 0, to: 0 });
  });

  it("finds the name of a key", () => {
    const range = keyRange(text, ["layers", 0], "kernelSize");
    expect(range).toEqual({ from: text.indexOf('"kernelSize"'), to: text.indexOf('"kernelSize"') + 12 });
    expect(keyRange(text, ["layers", 0], "nothing")).toBeUndefined();
  });

  it("says where a text stops being JSON, and what is wrong", () => {
    expect(mistakeIn(text)).toBeUndefined();
    const wrong = (bad: string) => {
      const { from, message } = mistakeIn(bad)!;
      return [from, message];
    };
    expect(wrong('{ "a": 1, }')).toEqual([10, "this is no JSON: there is a comma too much"]);
    expect(wrong('{ "a": 1 "b": 2 }')).toEqual([
      9,
      "this is no JSON: a comma is missing before this, or a colon",
    ]);
    expect(wrong('{ "a": 1')).toEqual([
      8,
      "this is no JSON: its end is missing; is a bracket or a quotation mark open?",
    ]);
    expect(wrong('{ "a": yes }')[1]).toBe('this is no JSON: "yes" does not belong here');
    expect(wrong("")).toEqual([0, "this is no JSON: it is empty"]);
  });

  it("says what encloses a position", () => {
    expect(placeAt(text, text.indexOf('"conv2d"') + 1)).toEqual({
      path: ["layers", 0, "type"],
      isName: false,
    });
    expect(placeAt(text, text.indexOf('"kernelSize"') + 3)).toEqual({ path: ["layers", 0], isName: true });
    expect(placeAt(text, text.indexOf('"relu"') + 1)).toEqual({
      path: ["layers", 1, "layers", 0, "type"],
      isName: false,
    });
    expect(placeAt(text, text.indexOf('"name"') + 1)).toEqual({ path: [], isName: true });
  });
});
