import { describe, expect, it } from "vitest";
import {
  byKey,
  eyeOf,
  firstOrbit,
  moved,
  orbitOf,
  orbitText,
  turned,
} from "../../lab/src/parts/lenses/orbit.js";
import { mostUnits, slabsOf, standsAlone } from "../../lab/src/parts/lenses/space-layout.js";

describe("the layout of a network in space", () => {
  it("finds each unit where it put it, and nothing in the gaps", () => {
    for (const slab of slabsOf([[1, 24, 24], [8, 24, 24], [16, 4, 4], [128], [10]])) {
      const places = new Set<string>();
      for (let index = 0; index < slab.count; index++) {
        const [x, y, z] = slab.placeOf(index);
        expect(x).toBe(slab.x);
        expect(Math.abs(y)).toBeLessThan(slab.height / 2);
        expect(Math.abs(z)).toBeLessThan(slab.width / 2);
        expect(slab.indexAt(y, z)).toBe(index);
        places.add(`${y.toFixed(6)},${z.toFixed(6)}`);
      }
      expect(places.size).toBe(slab.count);
      expect(slab.indexAt(slab.height, 0)).toBeUndefined();
    }
    const [maps] = slabsOf([[4, 2, 2]]);
    // Two maps side by side, with a gap of a unit's side in the middle.
    expect(maps!.indexAt(1.2 * maps!.side, 0)).toBeUndefined();
  });

  it("leaves out whole channels where there are too many units", () => {
    const [slab] = slabsOf([[100, 16, 16]]);
    expect(slab!.count).toBe(mostUnits);
    expect(slab!.hidden).toBe(100 - mostUnits / 256);
  });

  it("passes over layers that only hand numbers on", () => {
    expect(["conv2d", "flatten", "dropout", "spatialDropout", "dense"].filter(standsAlone)).toEqual([
      "conv2d",
      "dense",
    ]);
  });
});

describe("the eye", () => {
  it("comes back from the address where it was", () => {
    const orbit = moved(turned(firstOrbit, 300, -40), 1.5);
    expect(orbitOf(orbitText(orbit))).toEqual(orbit);
    for (const broken of ["", "1,2", "a,b,c", "1,2,Infinity"]) expect(orbitOf(broken)).toEqual(firstOrbit);
    expect(orbitOf("0,500,1e9")).toEqual({ azimuth: 0, elevation: 88, distance: 300 });
  });

  it("keeps its distance when it turns, and never turns over", () => {
    const far = (orbit: typeof firstOrbit) => Math.hypot(...eyeOf(orbit));
    expect(far(turned(firstOrbit, 77, 20))).toBeCloseTo(firstOrbit.distance, 9);
    expect(turned(firstOrbit, 0, 500).elevation).toBe(88);
    expect(byKey(firstOrbit, "ArrowLeft")).toEqual({ ...firstOrbit, azimuth: firstOrbit.azimuth - 5 });
    expect(byKey(firstOrbit, "x")).toBeUndefined();
  });
});
