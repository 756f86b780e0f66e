import pc from "picocolors";
import { describe, expect, it, vi } from "vitest";
import { Reader } from "../../../src/cli/examples/reader.js";
import { stream } from "./support.js";

const image = { width: 4, height: 4, channels: 1, data: new Uint8Array(16).fill(200) } as const;
const chart = { title: "loss", x: { label: "step" }, y: { label: "" }, series: [{ label: "a", y: [1, 2] }] };

describe("what an example says", () => {
  it("is plain text where there is no terminal, without pictures", async () => {
    const output = stream();
    const reader = new Reader(output);
    reader.say(`${"word ".repeat(40)}end`);
    reader.picture(image, "grey");
    reader.chart(chart);
    await vi.waitFor(() => expect(output.text()).toBe(`${"word ".repeat(40)}end\n`));
  });

  it("is broken to the width of a terminal, and drawn", async () => {
    const output = stream(true);
    const reader = new Reader(output);
    reader.say(`${"word ".repeat(40)}end`);
    reader.chart(chart);
    reader.picture(image, "grey");
    await vi.waitFor(() => expect(output.text()).toContain("━━"));
    for (const line of output.text().split("\n").slice(0, 5)) expect(line.length).toBeLessThan(60);
    expect(output.text()).toMatch(/[⠁-⣿]/u);
    expect(output.text().includes("▀")).toBe(pc.isColorSupported);
  });

  it("has tables with numbers at the right and words at the left", async () => {
    const output = stream();
    new Reader(output).table(
      ["network", "kind", "error", "parameters"],
      [
        ["large", "convolutional", "1.25 %", 12345],
        ["small", "dense", "-", 0.123456789],
      ],
    );
    await vi.waitFor(() => expect(output.text()).not.toBe(""));
    expect(output.text().split("\n")).toEqual([
      "network  kind            error  parameters",
      "large    convolutional  1.25 %       12345",
      "small    dense               -     0.12346",
      "",
    ]);
  });
});

describe("progress", () => {
  it("is a line now and then where there is no terminal", async () => {
    const output = stream();
    const reader = new Reader(output);
    for (let i = 0; i <= 100; i++) reader.progress("training", i / 100);
    await vi.waitFor(() => expect(output.text()).toBe("training 0%\n"));
  });

  it("is a bar on a terminal, out of the way of what is said", async () => {
    const output = stream(true);
    const reader = new Reader(output);
    reader.progress("training", 0.5);
    reader.say("half");
    reader.progress("training", 0.75);
    reader.progress("training", 1);
    await vi.waitFor(() => expect(output.text()).toMatch(/75%\s+training/));
    const text = output.text();
    expect(text.indexOf("50%")).toBeLessThan(text.indexOf("half"));
    expect(text.indexOf("half")).toBeLessThan(text.indexOf("75%"));
    expect(text).toContain("half\n");
    // The cursor comes back as often as it was hidden.
    expect(text.split("\u001b[?25h")).toHaveLength(text.split("\u001b[?25l").length);
  });
});
