/** Where the eye is that looks at the middle of things: angles in degrees. */
export interface Orbit {
  /** Around the vertical axis. */
  readonly azimuth: number;
  /** Above the horizontal plane. */
  readonly elevation: number;
  readonly distance: number;
}

export const firstOrbit: Orbit = { azimuth: -32, elevation: 14, distance: 80 };
const nearest = 10;
const farthest = 300;

export function turned({ azimuth, elevation, distance }: Orbit, right: number, up: number): Orbit {
  return {
    azimuth: ((((azimuth + right + 180) % 360) + 360) % 360) - 180,
    elevation: Math.max(-88, Math.min(88, elevation + up)),
    distance,
  };
}

export const moved = (orbit: Orbit, factor: number): Orbit => ({
  ...orbit,
  distance: Math.max(nearest, Math.min(farthest, orbit.distance * factor)),
});

/** In front of the planes, which stand across x, at azimuth 0 one sees them from the side, the input on the left. */
export function eyeOf({ azimuth, elevation, distance }: Orbit): readonly [number, number, number] {
  const [around, above] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
  const flat = distance * Math.cos(above);
  return [flat * Math.sin(around), distance * Math.sin(above), flat * Math.cos(around)];
}

/** As a word of the address, and back. */
export const orbitText = ({ azimuth, elevation, distance }: Orbit): string =>
  [azimuth, elevation, distance].map((value) => Number(value.toFixed(1))).join(",");

export function orbitOf(text: string): Orbit {
  const [azimuth = Number.NaN, elevation = Number.NaN, distance = Number.NaN] = text.split(",").map(Number);
  if (text === "" || ![azimuth, elevation, distance].every(Number.isFinite)) return firstOrbit;
  return moved(turned({ azimuth: 0, elevation: 0, distance }, azimuth, elevation), 1);
}

const keys: Readonly<Record<string, (orbit: Orbit) => Orbit>> = {
  ArrowLeft: (orbit) => turned(orbit, -5, 0),
  ArrowRight: (orbit) => turned(orbit, 5, 0),
  ArrowUp: (orbit) => turned(orbit, 0, 5),
  ArrowDown: (orbit) => turned(orbit, 0, -5),
  "+": (orbit) => moved(orbit, 0.9),
  "=": (orbit) => moved(orbit, 0.9),
  "-": (orbit) => moved(orbit, 1 / 0.9),
  Home: () => firstOrbit,
};

/** What a key does; undefined if it does nothing here. */
export const byKey = (orbit: Orbit, key: string): Orbit | undefined => keys[key]?.(orbit);

/**
 * Follows mouse and fingers: one turns, the wheel or two fingers come nearer. @returns ends it
 */
export function followPointers(
  element: HTMLElement,
  orbit: () => Orbit,
  change: (orbit: Orbit) => void,
): () => void {
  const down = new Map<number, { x: number; y: number }>();
  const spread = () => {
    const [a, b] = [...down.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  const press = (event: PointerEvent) => {
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const move = (event: PointerEvent) => {
    const last = down.get(event.pointerId);
    if (last === undefined) return;
    const before = spread();
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size > 1) {
      if (spread() > 0) change(moved(orbit(), before / spread()));
    } else {
      change(turned(orbit(), -0.4 * (event.clientX - last.x), 0.4 * (event.clientY - last.y)));
    }
  };
  const release = (event: PointerEvent) => down.delete(event.pointerId);
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    change(moved(orbit(), Math.exp(Math.max(-0.2, Math.min(0.2, 0.001 * event.deltaY)))));
  };
  const end = new AbortController();
  const { signal } = end;
  element.addEventListener("pointerdown", press, { signal });
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", release, { signal });
  element.addEventListener("pointercancel", release, { signal });
  element.addEventListener("wheel", wheel, { signal, passive: false });
  return () => end.abort();
}
