import { describe, expect, it } from "vitest";
import { cifar10Classes, concatenate, parseCifar10 } from "../../src/data/cifar.js";
import { DataError } from "../../src/data/errors.js";

const imageSize = 3 * 32 * 32;

/** Records whose pixels tell channel, row and column. */
function records(...labels: number[]): Uint8Array {
  return Uint8Array.from(
    labels.flatMap((label) => [
      label,
      ...Array.from(
        { length: imageSize },
        (_, i) => 80 * Math.floor(i / 1024) + ((Math.floor(i / 32) % 32) + (i % 32)),
      ),
    ]),
  );
}

describe("CIFAR-10", () => {
  it("is read record by record", () => {
    const set = parseCifar10(records(3, 9), "batch.bin");
    expect(set).toMatchObject({
      name: "cifar10",
      count: 2,
      channels: 3,
      height: 32,
      width: 32,
      classes: cifar10Classes,
    });
    expect([...set.labels]).toEqual([3, 9]);
    expect(set.pixels).toHaveLength(2 * imageSize);
    // Image 1, channel 2, row 10, column 4.
    expect(set.pixels[imageSize + 2 * 1024 + 10 * 32 + 4]).toBe(174);
  });

  it.each([
    ["empty", new Uint8Array(), /^batch\.bin: .*3073 bytes.*has 0: it is empty/],
    ["truncated", records(1, 2).subarray(0, 4000), /^batch\.bin: .*has 4000: 1 records and 927 bytes/],
    ["labelled out of range", records(1, 10), /^batch\.bin: label 10 at index 1 .*10 classes/],
  ])("is refused where it is %s", (_, bytes, message) => {
    expect(() => parseCifar10(bytes, "batch.bin")).toThrow(DataError);
    expect(() => parseCifar10(bytes, "batch.bin")).toThrow(message);
  });

  it("is joined from several files", () => {
    const set = concatenate([parseCifar10(records(1, 2), "a"), parseCifar10(records(3), "b")], "both");
    expect([set.name, set.count, ...set.labels]).toEqual(["both", 3, 1, 2, 3]);
    expect(set.pixels.subarray(2 * imageSize)).toEqual(records(3).subarray(1));
  });

  it("is not joined with what does not fit, or of nothing", () => {
    const set = parseCifar10(records(1), "a");
    const grey = { ...set, name: "grey", channels: 1, pixels: new Uint8Array(1024) };
    expect(() => concatenate([set, grey], "both")).toThrow(/^grey: \[1, 32, 32\].*cifar10's \[3, 32, 32\]/);
    const fewer = { ...set, name: "fewer", classes: ["cat"] };
    expect(() => concatenate([set, fewer], "both")).toThrow(/^fewer: .*of 1 classes .*of 10 classes/);
    expect(() => concatenate([], "none")).toThrow(/at least one/);
  });
});
