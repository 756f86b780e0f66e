import { describe, expect, it } from "vitest";
import { factsOf, findCycle, isNodeOnly, placeOf, resolveImport } from "./house.js";

// The tests of the house prove nothing unless they see what they look for.
describe("the scanner of the house", () => {
  const facts = factsOf({
    path: "nn/x.ts",
    text: [
      'import type { A } from "./a.js";',
      'import { b } from "../b.js";',
      'import "./effect.js";',
      'export * from "./c.js";',
      'export { d } from "./d.js";',
      'const e = () => import("./e.js");',
      'type F = import("./f.js").F;',
      'const g = new Worker(new URL("./g.js", import.meta.url));',
      '// import "./in-a-comment.js"',
      'const text = `import "./in-a-text.js"; any`;',
      "const anything: any = (b as unknown as A);",
      "// @ts-ignore",
      "export const anyName = b as unknown;",
    ].join("\n"),
  });

  it("finds every kind of import, and nothing in comments or texts", () => {
    expect(facts.imports).toEqual([
      "./a.js",
      "../b.js",
      "./effect.js",
      "./c.js",
      "./d.js",
      "./e.js",
      "./f.js",
      "./g.js",
    ]);
  });

  it("finds any, casts through unknown and silenced checks, with their line", () => {
    expect(facts.any).toEqual(["src/nn/x.ts:11: const anything: any = (b as unknown as A);"]);
    expect(facts.doubleCasts).toEqual(["src/nn/x.ts:11: const anything: any = (b as unknown as A);"]);
    expect(facts.ignores).toEqual(["src/nn/x.ts:12: // @ts-ignore"]);
  });

  it("finds a cycle, and none in a diamond", () => {
    const cycle = new Map([
      ["a", ["b", "c"]],
      ["b", ["c"]],
      ["c", ["d"]],
      ["d", ["b"]],
    ]);
    expect(findCycle(cycle)).toEqual(["b", "c", "d", "b"]);
    cycle.set("d", []);
    expect(findCycle(cycle)).toBeUndefined();
    expect(findCycle(new Map([["a", ["a"]]]))).toEqual(["a", "a"]);
  });

  it("knows places", () => {
    expect(resolveImport("nn/layers/x.ts", "../../graph/y.js")).toBe("graph/y.ts");
    expect(resolveImport("nn/x.ts", "zod")).toBeUndefined();
    expect(placeOf("shape/a.ts")).toBeLessThan(placeOf("graph/a.ts"));
    expect(placeOf("random/threefry.ts")).toBe(placeOf("shape/a.ts"));
    expect(placeOf("cli/main.ts")).toBeLessThan(placeOf("index.ts"));
    expect(placeOf("elsewhere/a.ts")).toBe(-1);
    expect(isNodeOnly("io/files.node.ts")).toBe(true);
    expect(isNodeOnly("io/nodes.ts")).toBe(false);
  });
});
