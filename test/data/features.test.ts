import { describe, expect, it } from "vitest";
import {
  blurredEdges,
  type HogOptions,
  hog,
  type OrientedGradientsOptions,
  orientedGradients,
} from "../../src/data/features.js";
import "../../src/runtime/realize.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { valuesOf } from "../autodiff/support.js";
import { expectClose } from "../support/close.js";

type Field = (x: number, y: number) => number;

/** A grey image whose brightness at each pixel is `f`. */
function image(width: number, height: number, f: Field): Tensor {
  const values = Float64Array.from({ length: width * height }, (_, i) =>
    Math.fround(f(i % width, Math.floor(i / width))),
  );
  return tensor(values, { shape: [1, 1, height, width] });
}

/** Brightness that rises by 1 a pixel in a direction, in degrees clockwise from the right. */
const ramp = (degrees: number): Field => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return (x, y) => x * cos + y * sin;
};

/** Something without symmetry. */
const hills: Field = (x, y) => Math.sin(0.9 * x + 0.2 * y * y) + Math.cos(0.7 * y - 0.3 * x) + 0.1 * x;

/** The votes at one pixel. */
function votesAt(votes: Tensor, x: number, y: number): number[] {
  const [, bins, height, width] = votes.shape as readonly [number, number, number, number];
  const values = valuesOf(votes);
  return Array.from({ length: bins }, (_, bin) => values[(bin * height + y) * width + x]!);
}

describe("orientedGradients", () => {
  it("of a ramp along a bin's direction are in that bin alone; at the border half of the neighbours is missing", () => {
    for (const [bin, degrees] of [0, 45, 90, 135, 180, 225, 270, 315].entries()) {
      const votes = orientedGradients(image(5, 5, ramp(degrees)), { bins: 8, signed: true });
      expect(votes.shape).toEqual([1, 8, 5, 5]);
      const alone = [0, 1, 2, 3, 4, 5, 6, 7].map((other) => (other === bin ? 1 : 0));
      expectClose(votesAt(votes, 2, 2), alone, 1e-6, `${degrees} degrees`);
    }
    const upright = orientedGradients(image(3, 3, ramp(0)), { bins: 8, signed: true });
    expectClose(
      [0, 1, 2].map((x) => votesAt(upright, x, 1)[0]!),
      [0.5, 1, 0.5],
      1e-7,
    );
  });

  it("turn with the image: between two directions both get their vector's part", () => {
    const bins = 9;
    for (let degrees = 3; degrees < 180; degrees += 7.3) {
      const votes = votesAt(orientedGradients(image(5, 5, ramp(degrees)), { bins }), 2, 2);
      const nearest = Math.floor(degrees / 20);
      votes.forEach((vote, bin) => {
        const near = bin === nearest || bin === (nearest + 1) % bins;
        expect(vote > 1e-6, `${degrees} degrees, bin ${bin}: ${vote}`).toBe(near);
      });
      // Put together again, with the last bin's neighbour pointing the other way, they are the gradient.
      const [first, second] = [votes[nearest]!, votes[(nearest + 1) % bins]!];
      const angle = (step: number) => ((nearest + step) * 20 * Math.PI) / 180;
      expectClose(
        [
          first * Math.cos(angle(0)) + second * Math.cos(angle(1)),
          first * Math.sin(angle(0)) + second * Math.sin(angle(1)),
        ],
        [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)],
        1e-6,
      );
    }
  });

  it("of a negative: the same if unsigned, half a turn away if signed", () => {
    const [positive, negative] = [image(6, 7, hills), image(6, 7, (x, y) => -hills(x, y))];
    expectClose(valuesOf(orientedGradients(negative)), valuesOf(orientedGradients(positive)), 1e-12);
    const votes = votesAt(orientedGradients(positive, { bins: 6, signed: true }), 3, 3);
    const turned = votesAt(orientedGradients(negative, { bins: 6, signed: true }), 3, 3);
    expect(Math.max(...votes)).toBeGreaterThan(0.1);
    expectClose(turned, [...votes.slice(3), ...votes.slice(0, 3)], 1e-12);
  });

  it("of colours are those of the steepest channel", () => {
    const [weak, strong] = [image(4, 4, (x) => x), image(4, 4, (_, y) => 3 * y)];
    const planes = Float64Array.from([...valuesOf(weak), ...valuesOf(strong)]);
    const both = tensor(planes, { shape: [1, 2, 4, 4] });
    expectClose(valuesOf(orientedGradients(both)), valuesOf(orientedGradients(strong)), 1e-12);
  });

  it("refuses what is no batch of images, and too few directions", () => {
    const plane = tensor([[1, 2]]);
    expect(() => orientedGradients(plane)).toThrow(
      "images are float32 [1, 2], but must be float32 [N, C, H, W]",
    );
    const small = image(3, 3, ramp(0));
    expect(() => orientedGradients(small, { bins: 1 })).toThrow(
      "bins is 1; it must be an integer of at least 2",
    );
    expect(() => orientedGradients(small, { bins: 3, signed: true })).toThrow("at least 4");
  });
});

describe("blurredEdges", () => {
  it("share a single pixel's edge between cells by distance", () => {
    // Brightness jumps between columns 3 and 4 of row 2: a gradient of 1/2 at both.
    const one = image(8, 8, (x, y) => (y === 2 && x >= 4 ? 1 : 0));
    const right = valuesOf(blurredEdges(one, { cellSize: 4 })).slice(0, 4);
    // Bin 0 holds dx where dy is 0. In row 2 that is pixels (3, 2) and (4, 2), half each; cells have their centres at 1.5 and 5.5.
    const share = (pixel: number, centre: number) => Math.max(0, 1 - Math.abs(pixel - centre) / 4) / 4;
    const cell = (x: number, y: number) => (0.5 * share(3, x) + 0.5 * share(4, x)) * share(2, y);
    expectClose(right, [cell(1.5, 1.5), cell(5.5, 1.5), cell(1.5, 5.5), cell(5.5, 5.5)], 1e-8);
  });

  it("move less than the edges themselves when the image moves by a pixel, and cover whole cells only", () => {
    const change = (features: (bar: Tensor) => Tensor) => {
      const of = (at: number) => valuesOf(features(image(15, 12, (x) => (x >= at && x < at + 3 ? 1 : 0))));
      const [before, after] = [of(5), of(6)];
      return Math.hypot(...before.map((value, i) => value - after[i]!)) / Math.hypot(...before);
    };
    const blurred = change((bar) => blurredEdges(bar, { cellSize: 4 }));
    expect(blurred).toBeGreaterThan(0);
    expect(blurred).toBeLessThan(0.5 * change((bar) => orientedGradients(bar, { bins: 8, signed: true })));
    expect(blurredEdges(image(15, 12, hills)).shape).toEqual([1, 8, 3, 3]);
    expect(() => blurredEdges(image(3, 5, hills))).toThrow(
      "blurredEdges: cells of 4 x 4 pixels in images of 5 x 3 (height x width)",
    );
  });
});

describe("hog", () => {
  it("is what Dalal and Triggs describe, loop by loop", () => {
    for (const options of [
      { cellSize: 4 },
      { cellSize: 3, blockSize: 3, bins: 6, signed: true, clip: 0.3 },
    ]) {
      const features = hog(image(14, 17, hills), options);
      const expected = loops(hills, 14, 17, options);
      expect(features.shape).toEqual([1, expected.channels, expected.rows, expected.columns]);
      expectClose(valuesOf(features), expected.values, 1e-6);
    }
  });

  it("does not depend on brightness and contrast", () => {
    const features = (f: Field) => valuesOf(hog(image(16, 16, f), { cellSize: 4 }));
    expect(Math.max(...features(hills))).toBeGreaterThan(0.2);
    expectClose(
      features((x, y) => 0.5 * hills(x, y) - 7),
      features(hills),
      2e-4,
    );
  });

  it("gives vectors of length 1, and zeros where there is nothing to see", () => {
    const lengths = valuesOf(
      hog(image(16, 16, hills), { cellSize: 4 })
        .square()
        .sum(1)
        .sqrt(),
    );
    expectClose(lengths, new Array(9).fill(1), 1e-4);
    expectClose(
      valuesOf(
        hog(
          image(8, 8, () => 0.5),
          { cellSize: 4 },
        ),
      ),
      new Array(36).fill(0),
      0,
    );
  });

  it("gives the same on the default device, and for images of a batch as for each alone", async () => {
    const [a, b] = [valuesOf(image(12, 12, hills)), valuesOf(image(12, 12, (x, y) => hills(y, -x)))];
    const batch = tensor(Float32Array.from([...a, ...b]), { shape: [2, 1, 12, 12] });
    const features = await hog(batch, { cellSize: 4 }).data();
    const alone = [a, b].flatMap((values) =>
      valuesOf(hog(tensor(Float32Array.from(values), { shape: [1, 1, 12, 12] }), { cellSize: 4 })),
    );
    expectClose(features, alone, 2e-6);
  });

  it("refuses blocks that do not fit", () => {
    expect(() => hog(image(8, 8, hills))).toThrow("hog: blocks of 2 x 2 cells in 1 x 1 cells");
    expect(() => hog(image(6, 9, hills), { cellSize: 7 })).toThrow(
      "hog: cells of 7 x 7 pixels in images of 9 x 6",
    );
    expect(() => hog(image(16, 16, hills), { clip: 0 })).toThrow("clip is 0");
  });
});

/** The same from its definition: angles by arctangent, then one vote after the other. */
function loops(f: Field, width: number, height: number, options: HogOptions & OrientedGradientsOptions) {
  const { cellSize = 8, blockSize = 2, bins = 9, signed = false, clip = 0.2 } = options;
  const at = (x: number, y: number) =>
    Math.fround(f(Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))));
  const [cellRows, cellColumns] = [Math.floor(height / cellSize), Math.floor(width / cellSize)];
  const histograms = new Map<string, number[]>();
  const cell = (row: number, column: number) => histograms.get(`${row} ${column}`)!;
  for (let row = 0; row < cellRows; row++) {
    for (let column = 0; column < cellColumns; column++)
      histograms.set(`${row} ${column}`, new Array(bins).fill(0));
  }
  const turn = signed ? 2 * Math.PI : Math.PI;
  const binWidth = turn / bins;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [(at(x + 1, y) - at(x - 1, y)) / 2, (at(x, y + 1) - at(x, y - 1)) / 2];
      const angle = (Math.atan2(dy, dx) + 4 * Math.PI) % turn;
      const bin = Math.floor(angle / binWidth);
      const over = angle - bin * binWidth;
      const length = Math.hypot(dx, dy) / Math.sin(binWidth);
      for (const [row, column] of [...histograms.keys()].map((key) => key.split(" ").map(Number))) {
        const near = (pixel: number, index: number) =>
          Math.max(0, 1 - Math.abs(pixel - (index! + 0.5) * cellSize + 0.5) / cellSize) / cellSize;
        const share = length * near(x, column!) * near(y, row!);
        const votes = cell(row!, column!);
        votes[bin % bins]! += share * Math.sin(binWidth - over);
        votes[(bin + 1) % bins]! += share * Math.sin(over);
      }
    }
  }
  const [rows, columns] = [cellRows - blockSize + 1, cellColumns - blockSize + 1];
  const channels = blockSize ** 2 * bins;
  const values = new Array<number>(channels * rows * columns);
  const normalized = (v: number[]) =>
    v.map((value) => value / Math.sqrt(v.reduce((sum, u) => sum + u * u, 1e-6)));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block: number[] = [];
      for (let i = 0; i < blockSize; i++) {
        for (let j = 0; j < blockSize; j++) block.push(...cell(row + i, column + j));
      }
      const result = normalized(normalized(block).map((value) => Math.min(value, clip)));
      result.forEach((value, channel) => {
        values[(channel * rows + row) * columns + column] = value;
      });
    }
  }
  return { values, channels, rows, columns };
}
