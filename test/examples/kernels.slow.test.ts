import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "jpeg-js";
import { describe, expect, it, onTestFinished } from "vitest";
import kernels from "../../examples/kernels.js";
import { runExample } from "./support.js";

describe("the example kernels", () => {
  it("gives the lecture's numbers, finds edges by direction, blurs and sharpens", async () => {
    const { values, text, pixels, files } = await runExample(kernels);
    expect(values.lecture).toEqual(["32231", "20210", "22100", "31000", "10000"]);
    for (const row of ["0111110   011   20210", "0101000         31000"]) expect(text).toContain(row);
    const { leftRight, topBottom } = values as Record<string, { upright: number; level: number }>;
    expect(leftRight!.upright).toBeGreaterThan(100 * leftRight!.level);
    expect(topBottom!.level).toBeGreaterThan(100 * topBottom!.upright);
    expect(values.blurred).toBeLessThan(0.5);
    expect(values.sharpened).toBeGreaterThan(1.5);

    expect(files).toEqual(["directed-edges.png", "kernels.png"]);
    const sheet = pixels("kernels.png");
    expect(sheet).toMatchObject({ width: 4 * 256 + 5 * 6, height: 3 * 256 + 4 * 6, channels: 3 });
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        const shades = new Set<number>();
        for (let i = 0; i < 256; i += 3) {
          shades.add(sheet.data[((6 + 262 * row + i) * sheet.width + 6 + 262 * column + i) * 3]!);
        }
        expect(shades.size).toBeGreaterThan(5);
      }
    }
  });

  it("takes a picture of the user's own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gradus-kernels-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [width, height] = [1200, 90];
    const data = Buffer.from(
      Array.from({ length: width * height * 4 }, (_, i) => (i * 31 + (i >> 9) * 17) % 256),
    );
    const image = join(folder, "photo.jpg");
    writeFileSync(image, encode({ width, height, data }, 80).data);
    const { text, pixels, measured } = await runExample(kernels, { options: { image } });
    expect(text).toContain("400 x 30, each kernel on red, green and blue");
    expect(pixels("kernels.png")).toMatchObject({ width: 4 * 400 + 5 * 6, height: 3 * 30 + 4 * 6 });
    expect(measured).toContain(`On ${image}`);
    await expect(runExample(kernels, { options: { image: join(folder, "none.png") } })).rejects.toThrow(
      /none\.png: no such file/,
    );
  });
});
