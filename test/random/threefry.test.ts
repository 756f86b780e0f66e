import { describe, expect, it } from "vitest";
import { threefry2x32, threefry2x32Into } from "../../src/random/threefry.js";

describe("Threefry-2x32-20", () => {
  // Of the authors' library Random123 (kat_vectors).
  const knownAnswers: { counter: [number, number]; key: [number, number]; answer: [number, number] }[] = [
    { counter: [0, 0], key: [0, 0], answer: [0x6b200159, 0x99ba4efe] },
    {
      counter: [0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      answer: [0x1cb996fc, 0xbb002be7],
    },
    {
      counter: [0x243f6a88, 0x85a308d3],
      key: [0x13198a2e, 0x03707344],
      answer: [0xc4923a9c, 0x483df7a0],
    },
  ];

  it.each(knownAnswers)("maps counter $counter and key $key to $answer", ({ counter, key, answer }) => {
    expect(threefry2x32(...key, ...counter)).toEqual(answer);
  });

  it("takes its inputs modulo 2^32", () => {
    expect(threefry2x32(-1, 2 ** 32 + 5, 2 ** 32, -7)).toEqual(threefry2x32(0xffffffff, 5, 0, 2 ** 32 - 7));
  });

  it("writes where it is told to, and only there", () => {
    const out = new Uint32Array(5).fill(1);
    threefry2x32Into(0, 0, 0, 0, out, 2);
    expect([...out]).toEqual([1, 1, 0x6b200159, 0x99ba4efe, 1]);
  });

  it("changes half the bits when one bit of any input changes", () => {
    const bits = (x: number) => [...(x >>> 0).toString(2)].filter((bit) => bit === "1").length;
    const base = [1, 2, 3, 4] as const;
    const [a, b] = threefry2x32(...base);
    let changed = 0;
    for (let input = 0; input < 4; input++) {
      for (let bit = 0; bit < 32; bit++) {
        const other = base.map((x, i) => (i === input ? x ^ (1 << bit) : x)) as [
          number,
          number,
          number,
          number,
        ];
        const [c, d] = threefry2x32(...other);
        changed += bits(a ^ c) + bits(b ^ d);
      }
    }
    // 128 flips of 64 bits: mean 4096, standard deviation 45.
    expect(changed).toBeGreaterThan(4096 - 230);
    expect(changed).toBeLessThan(4096 + 230);
  });
});
