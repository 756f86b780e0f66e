import { describe, expect, it } from "vitest";
import { rangeText } from "../../lab/src/parts/lenses/values.js";
import { exact, tickText } from "../../lab/src/state/format.js";
import { describe as numbersOf } from "../../lab/src/worker/numbers.js";

describe("a number in full", () => {
  it("has the fewest digits that tell a 32-bit number from all others", () => {
    const value = Math.fround(-0.28279563784599304);
    expect(exact(value)).toBe("-0.28279564");
    for (const one of [0.1, 1 / 3, 16777217, 1e-30, -7.25, 0, 3.4e38].map(Math.fround)) {
      expect(Math.fround(Number(exact(one)))).toBe(one);
    }
    expect(exact(Math.fround(0.1))).toBe("0.1");
    expect(exact(Number.NEGATIVE_INFINITY)).toBe("-infinite");
    expect(exact(Number.NaN)).toBe("-");
  });

  it("takes few letters beside an axis, however large it is", () => {
    const texts = [0, 0.5, 20, 99_999, 3e9, -2.5e-7].map(tickText);
    expect(texts).toEqual(["0", "0.5", "20", "100000", "3e+9", "-2.5e-7"]);
  });
});

describe("a range of numbers", () => {
  const range = (...values: number[]) => rangeText(numbersOf(Float32Array.from(values), [values.length]));

  it("is that of those which are finite, and says what is not", () => {
    expect(range(-1, 2, 0.5)).toBe("from -1 to 2");
    expect(range(-1, Number.NaN, 2, Number.POSITIVE_INFINITY)).toBe("from -1 to 2, 2 not finite (pink)");
    expect(range(Number.NaN, Number.NaN)).toBe("none of them finite (pink)");
  });
});
