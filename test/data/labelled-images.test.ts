import { describe, expect, it } from "vitest";
import { DataError } from "../../src/data/errors.js";
import type { IdxArray } from "../../src/data/idx.js";
import { classCounts, digitClasses, labelledImages, subset } from "../../src/data/labelled-images.js";

function array(source: string, shape: number[], first = 0): IdxArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return { source, shape, data: Uint8Array.from({ length: size }, (_, i) => first + i) };
}

const images = array("images.idx", [3, 2, 4]);
const labels = array("labels.idx", [3], 7);
const options = { name: "few", classes: digitClasses };

describe("labelledImages", () => {
  it("joins images and labels", () => {
    const set = labelledImages(images, labels, { ...options, imageSize: { height: 2, width: 4 } });
    expect(set).toMatchObject({
      name: "few",
      count: 3,
      channels: 1,
      height: 2,
      width: 4,
      classes: digitClasses,
    });
    expect([...set.labels]).toEqual([7, 8, 9]);
    expect(set.pixels).toEqual(images.data);
  });

  it.each([
    [
      "labels for images",
      labels,
      labels,
      /^labels\.idx: images must have rank 3.*\[3\]; are these the labels\?/,
    ],
    [
      "images for labels",
      images,
      images,
      /^images\.idx: labels must have rank 1.*\[3, 2, 4\]; are these the images\?/,
    ],
    ["images of rank 4", array("images.idx", [3, 1, 2, 4]), labels, /^images\.idx: .*\[3, 1, 2, 4\]/],
    [
      "too few labels",
      images,
      array("labels.idx", [2]),
      /^labels\.idx: holds 2 labels, but images\.idx holds 3 images/,
    ],
    [
      "too many labels",
      images,
      array("labels.idx", [4]),
      /^labels\.idx: holds 4 labels, but images\.idx holds 3 images/,
    ],
    [
      "a label out of range",
      images,
      array("labels.idx", [3], 8),
      /^labels\.idx: label 10 at index 2.*10 classes.*0 to 9/,
    ],
  ])("refuses %s", (_, ofImages, ofLabels, message) => {
    const join = () => labelledImages(ofImages, ofLabels, options);
    expect(join).toThrow(DataError);
    expect(join).toThrow(message);
  });

  it("refuses images of another size", () => {
    const join = () => labelledImages(images, labels, { ...options, imageSize: { height: 28, width: 28 } });
    expect(join).toThrow(DataError);
    expect(join).toThrow(/^images\.idx: images are 2 x 4 \(height x width\), expected 28 x 28/);
  });
});

describe("subset", () => {
  const set = labelledImages(images, labels, options);

  it("copies the images in the order asked for", () => {
    const part = subset(set, [2, 0, 2]);
    expect(part.count).toBe(3);
    expect([...part.labels]).toEqual([9, 7, 9]);
    expect([...part.pixels.subarray(0, 16)]).toEqual([
      16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    part.pixels.fill(0);
    expect(set.pixels[16]).toBe(16);
    expect(subset(set, []).count).toBe(0);
  });

  it.each([3, -1, 0.5])("refuses index %d", (index) => {
    expect(() => subset(set, [0, index])).toThrow(`index ${index} at position 1, but few has 3 images`);
  });

  it("counts classes", () => {
    expect(classCounts(subset(set, [0, 0, 1]))).toEqual([0, 0, 0, 0, 0, 0, 0, 2, 1, 0]);
  });
});
