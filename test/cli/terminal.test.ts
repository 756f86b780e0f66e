import { PassThrough } from "node:stream";
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { curvesOf } from "../../src/cli/report/curves.js";
import { escapeHtml, reportHtml } from "../../src/cli/report/html.js";
import { confusionTable } from "../../src/cli/terminal/confusion.js";
import { fitted, imageOf, mistakesPicture, pictureLines } from "../../src/cli/terminal/picture.js";
import { TrainingDisplay } from "../../src/cli/terminal/progress.js";
import { colorDepth, duration, grouped, table, wrapped } from "../../src/cli/terminal/style.js";
import type { PixelImage } from "../../src/data/image.js";
import type { LabelledImages } from "../../src/data/labelled-images.js";
import { summarize } from "../../src/train/evaluate.js";

const plain = pc.createColors(false);
const set: LabelledImages = {
  name: "two",
  pixels: Uint8Array.of(255, 0, 255, 0, 0, 0, 255, 255, 0, 255, 0, 255),
  labels: Uint8Array.of(0, 1),
  count: 2,
  channels: 1,
  height: 3,
  width: 2,
  classes: ["cat", "<b>"],
};
const evaluation = summarize(set, Float64Array.of(0.9, 0.1, 0.75, 0.25));

describe("the terminal's texts", () => {
  it("write times and numbers", () => {
    expect([0, 59.6, 61, 3601, 86399].map(duration)).toEqual(["0:00", "1:00", "1:01", "1:00:01", "23:59:59"]);
    expect(grouped(1234567.8)).toBe("1,234,568");
    expect(
      table([
        ["a", "10"],
        ["long", "1"],
      ]),
    ).toBe("a     10\nlong   1");
  });

  it("draw a confusion matrix", () => {
    expect(confusionTable(evaluation, set.classes, plain)).toBe(
      ["true  cat <b>   recall", "cat     1   .   100.0%", "<b>     1   .     0.0%"].join("\n"),
    );
  });

  it("draw images with letters: two rows of pixels in one of text, the last with nothing below", () => {
    expect(pictureLines(imageOf(set, 0), 1)).toEqual(["@ ", "  "]);
    expect(pictureLines(imageOf(set, 1), 1)).toEqual(["=@", " ="]);
  });

  it("draw images in shades of grey where there are colours", () => {
    expect(pictureLines(imageOf(set, 0), 8)[0]).toBe(
      "\u001b[38;5;231;48;5;231m▀\u001b[38;5;16;48;5;16m▀\u001b[0m",
    );
  });

  it("draw images in colour: any, or the nearest of 256", () => {
    const image: PixelImage = {
      width: 1,
      height: 2,
      channels: 3,
      data: Uint8Array.of(255, 0, 100, 1, 140, 250),
    };
    expect(pictureLines(image, 24)).toEqual(["\u001b[38;2;255;0;100;48;2;1;140;250m▀\u001b[0m"]);
    expect(pictureLines(image, 8)).toEqual(["\u001b[38;5;197;48;5;33m▀\u001b[0m"]);
  });

  it("change the colour only where it changes", () => {
    const flat: PixelImage = { width: 4, height: 1, channels: 1, data: Uint8Array.of(255, 255, 255, 0) };
    expect(pictureLines(flat, 8)).toEqual(["\u001b[38;5;231;48;5;16m▀▀▀\u001b[38;5;16;48;5;16m▀\u001b[0m"]);
  });

  it("break lines at words, unless they fit, are coloured, or have none", () => {
    expect(wrapped("one two three\n  four", 8)).toBe("one two\nthree\n  four");
    expect(wrapped("incomprehensibility is long", 10)).toBe("incomprehensibility\nis long");
    expect(wrapped("\u001b[1mname\u001b[22m: a title", 10)).toBe("\u001b[1mname\u001b[22m: a title");
    expect(wrapped("        indentation", 6)).toBe("        indentation");
  });

  it("make images fit by averaging, and lay them on white", () => {
    const grey: PixelImage = {
      width: 4,
      height: 4,
      channels: 1,
      data: Uint8Array.of(0, 0, 8, 8, 0, 0, 8, 8, 1, 3, 5, 5, 1, 3, 5, 9),
    };
    expect(fitted(grey, 80, 20)).toEqual(grey);
    expect(fitted(grey, 2, 20)).toEqual({
      width: 2,
      height: 2,
      channels: 1,
      data: Uint8Array.of(0, 8, 2, 6),
    });
    expect(fitted(grey, 80, 1)).toMatchObject({ width: 2, height: 2 });
    const half: PixelImage = { width: 1, height: 1, channels: 4, data: Uint8Array.of(0, 255, 0, 51) };
    expect(Array.from(fitted(half, 80, 20).data)).toEqual([204, 255, 204]);
  });

  it("know what a stream can show", () => {
    expect(colorDepth({ isTTY: false, getColorDepth: () => 24 })).toBe(1);
    expect(colorDepth({ isTTY: true, getColorDepth: () => 24 })).toBe(pc.isColorSupported ? 24 : 1);
    expect(colorDepth({ isTTY: true, getColorDepth: () => 4 })).toBe(1);
  });

  it("show mistakes side by side, with what they were taken for", () => {
    const text = mistakesPicture({ ...set, width: 2 }, evaluation, { width: 80, depth: 1 });
    expect(text.split("\n")).toHaveLength(3);
    expect(mistakesPicture(set, { ...evaluation, mistakes: [] }, { width: 80, depth: 1 })).toBe("");
  });
});

describe("the report", () => {
  const rows = [
    { event: "interval", totalSteps: 5, epochs: 0.5, loss: 2, accuracy: 0.1 },
    { event: "interval", totalSteps: 10, epochs: 1, loss: 1, accuracy: 0.5 },
    { event: "epoch", totalSteps: 10, epochs: 3, validationLoss: 0.9, validationAccuracy: 0.6 },
  ];

  it("joins training and validation at the epochs", () => {
    expect(curvesOf(rows)).toEqual({
      epochs: [0.5, 1],
      trainLoss: [2, 1],
      validationLoss: [null, 0.9],
      trainAccuracy: [0.1, 0.5],
      validationAccuracy: [null, 0.6],
    });
    expect(curvesOf([]).epochs).toEqual([]);
  });

  it("escapes what comes from outside", () => {
    const picture = { address: "data:image/png;base64,AA==", width: 2, height: 3 };
    const html = reportHtml({
      title: "</title><script>alert(1)</script>",
      classes: set.classes,
      evaluation,
      done: {
        event: "done",
        reason: "epochs",
        epoch: 1,
        totalSteps: 10,
        bestEpoch: null,
        examplesPerSecond: 5,
        seconds: 2,
      },
      curves: curvesOf(rows),
      filters: [picture],
      mistakes: evaluation.mistakes.map((mistake) => ({ ...mistake, picture })),
      layers: "a < b",
      recipe: '{"name":"</pre>"}',
      chartScript: 'const a = "</script>"; if (1</x/.source.length) {}',
      chartStyle: "",
    });
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<b>");
    expect(html).toContain("a &lt; b");
    expect(html).toContain('const a = "<\\/script>"; if (1</x/.source.length) {}');
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(escapeHtml(`<&">`)).toBe("&lt;&amp;&quot;&gt;");
  });
});

describe("the display", () => {
  const shown = (columns: number) => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
    const output = stream as PassThrough & NodeJS.WriteStream;
    const display = new TrainingDisplay(output);
    display.show({
      event: "epoch",
      epoch: 3,
      cutShort: false,
      epochs: 15,
      totalSteps: 10,
      loss: 0.5,
      accuracy: 0.75,
      validationLoss: 0.4,
      validationAccuracy: 0.8,
      learningRate: 1,
      examplesPerSecond: 4321,
      seconds: 1,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours, where the terminal of the tests has them
    return String(stream.read()).replace(/\u001b\[\d+m/g, "");
  };

  it("leaves out what does not fit into a narrow terminal, and cuts no word", () => {
    const all = "epoch  3/15  loss 0.5000, accuracy 75.00%, validation accuracy 80.00%  4,321 examples/s\n";
    expect(shown(120)).toBe(all);
    expect(shown(all.length)).toBe(all);
    expect(shown(75)).toBe("epoch  3/15  loss 0.5000, accuracy 75.00%, validation accuracy 80.00%\n");
    expect(shown(60)).toBe("epoch  3/15  loss 0.5000, validation accuracy 80.00%\n");
  });
});
