import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findExample } from "../../../src/cli/examples/list.node.js";

const place = mkdtempSync(join(tmpdir(), "gradus-list-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(place, name);
  writeFileSync(path, text);
  return path;
}

const whole =
  'name: "mine", topic: "Training", rows: [], title: "t", claim: "c", options: { size: { description: "d" } }, run: async () => ({ measured: "m", values: {} })';

describe("an example in a file of the user's own", () => {
  it("is its default export", async () => {
    const found = await findExample(write("mine.mjs", `export default { ${whole} };`));
    expect(found).toMatchObject({ name: "mine", title: "t", options: { size: { description: "d" } } });
    expect(await found.run(undefined as never)).toEqual({ measured: "m", values: {} });
  });

  it.each([
    ["is not there", "none.mjs", undefined, /none\.mjs: no such file/],
    ["does not parse", "bad.mjs", "export default {", /bad\.mjs cannot be loaded: /],
    ["fails", "fails.mjs", 'throw new Error("my fault")', /cannot be loaded: my fault/],
    ["exports nothing", "empty.mjs", "export const a = 1;", /must export an example as its default/],
    [
      "has no run",
      "norun.mjs",
      `export default { ${whole.replace("run:", "walk:")} };`,
      /run: must be a function/,
    ],
    [
      "has another topic",
      "topic.mjs",
      `export default { ${whole.replace("Training", "Cooking")} };`,
      /topic: /,
    ],
    [
      "has a name that is no file's",
      "name.mjs",
      `export default { ${whole.replace('"mine"', '"../x"')} };`,
      /name: must be letters/,
    ],
  ])("that %s is refused by the file's name", async (_, name, text, message) => {
    const path = text === undefined ? join(place, name) : write(name, text);
    await expect(findExample(path)).rejects.toThrow(message);
  });
});

describe("the list", () => {
  it("says what to do where the examples are not built, as among the sources", async () => {
    await expect(findExample("xor")).rejects.toThrow(
      "the examples are not built; in a source checkout `npm run build` builds them",
    );
  });
});
