import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "../../src/recipe/nearest.js";

describe("suggestions", () => {
  it("count edits", () => {
    expect(editDistance("digits", "digits")).toBe(0);
    expect(editDistance("digts", "digits")).toBe(1);
    expect(editDistance("idgits", "digits")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });

  it("are made only when something is near", () => {
    expect(nearest("mnits", ["digits", "mnist"])).toBe("mnist");
    expect(nearest("imagenet", ["digits", "mnist"])).toBeUndefined();
  });
});
