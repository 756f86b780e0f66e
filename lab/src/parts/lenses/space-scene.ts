/** The network as boxes in space, drawn by three.js: only when something has changed, never by itself. */
import {
  BoxGeometry,
  BufferGeometry,
  Color,
  EdgesGeometry,
  Float32BufferAttribute,
  InstancedBufferAttribute,
  InstancedMesh,
  LineBasicMaterial,
  LineSegments,
  MathUtils,
  Matrix4,
  MeshBasicMaterial,
  PerspectiveCamera,
  Raycaster,
  Scene,
  SRGBColorSpace,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { painter, scaleFor } from "../../views/colors.js";
import type { Values } from "../../views/view.js";
import { eyeOf, type Orbit } from "./orbit.js";
import { type Slab, slabsOf } from "./space-layout.js";

export interface Unit {
  /** Which plane: 0 is the input. */
  readonly plane: number;
  /** Row-major. */
  readonly index: number;
}

export interface Link {
  readonly from: Unit;
  readonly to: Unit;
  readonly strength: number;
}

/** Share of a unit's side that its box takes, and its depth. */
const filled = 0.86;
const depth = 0.25;
/** Half of the height that the eye sees at distance 1, in pictures at least so wide for their height. */
const halfHeight = Math.tan(MathUtils.degToRad(10));
const wide = 1.6;

/** A picture that takes longer is followed by as long a rest: then it is the processor that draws, and others need it too. */
const slowMilliseconds = 60;

/** Colours as the graphics take them: 8 bits to linear light. */
const linear = Float32Array.from(
  { length: 256 },
  (_, level) => new Color().setRGB(level / 255, 0, 0, SRGBColorSpace).r,
);

export class SpaceScene {
  readonly slabs: readonly Slab[];
  readonly #screen: CanvasRenderingContext2D;
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(20, 1, 1, 1000);
  readonly #box = corners();
  readonly #material = new MeshBasicMaterial();
  readonly #meshes: InstancedMesh[];
  readonly #lines: LineSegments<BufferGeometry, LineBasicMaterial>;
  readonly #frame: LineSegments<BufferGeometry, LineBasicMaterial>;
  readonly #caster = new Raycaster();
  #asked = 0;
  /** Whether there is something new to draw. */
  #changed = false;
  /** Met when the picture under way is drawn. */
  #fence: WebGLSync | undefined;
  #begun = 0;
  #rested = 0;
  #ondrawn: () => void = () => {};

  /** @throws Error if the browser has no WebGL */
  constructor(canvas: HTMLCanvasElement, shapes: readonly (readonly number[])[]) {
    // The graphics draw behind the screen: where they are slow, showing their own canvas would make the page wait for them.
    this.#renderer = new WebGLRenderer({ antialias: true, alpha: true, preserveDrawingBuffer: true });
    this.#screen = canvas.getContext("2d") as CanvasRenderingContext2D;
    this.slabs = slabsOf(shapes);
    const matrix = new Matrix4();
    this.#meshes = this.slabs.map(({ count, side, placeOf }) => {
      const mesh = new InstancedMesh(this.#box, this.#material, count);
      for (let i = 0; i < count; i++) {
        matrix.makeScale(Math.min(depth, side), filled * side, filled * side).setPosition(...placeOf(i));
        mesh.setMatrixAt(i, matrix);
      }
      mesh.instanceColor = new InstancedBufferAttribute(new Float32Array(3 * count), 3);
      this.#scene.add(mesh);
      return mesh;
    });
    this.#lines = new LineSegments(
      new BufferGeometry(),
      new LineBasicMaterial({ vertexColors: true, transparent: true, depthTest: false }),
    );
    this.#frame = new LineSegments(
      new EdgesGeometry(new BoxGeometry(1, 1, 1)),
      new LineBasicMaterial({ depthTest: false }),
    );
    this.#frame.visible = false;
    this.#lines.frustumCulled = false;
    this.#scene.add(this.#lines, this.#frame);
  }

  /** Told when a picture has been drawn: labels then find their places. */
  set ondrawn(listener: () => void) {
    this.#ondrawn = listener;
  }

  /** Colours each unit by its activation, each plane on a scale of its own. */
  show(planes: readonly Values[]): void {
    planes.forEach(({ data, minimum, maximum }, plane) => {
      const colors = this.#meshes[plane]?.instanceColor;
      if (!colors) return;
      const paint = painter(scaleFor(minimum, maximum, plane === 0 ? "grey" : undefined));
      for (let i = 0; i < colors.count; i++) {
        const pixel = paint(data[i] as number);
        const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
        colors.setXYZ(i, linear[red] as number, linear[green] as number, linear[blue] as number);
      }
      colors.needsUpdate = true;
    });
    this.#ask();
  }

  /** Frames a unit and draws its links: orange raises it, purple lowers it, and faint ones do little. */
  link(unit: Unit | undefined, links: readonly Link[], dark: boolean): void {
    const slab = unit && this.slabs[unit.plane];
    this.#frame.visible = slab !== undefined && unit !== undefined && unit.index < slab.count;
    if (slab !== undefined && unit !== undefined) {
      this.#frame.position.set(...slab.placeOf(unit.index));
      this.#frame.scale.set(depth + 0.1, 1.3 * slab.side, 1.3 * slab.side);
      this.#frame.material.color.set(dark ? "#ffffff" : "#000000");
    }
    const shown = links.filter(({ from }) => from.index < (this.slabs[from.plane]?.count ?? 0));
    const greatest = Math.max(...shown.map(({ strength }) => Math.abs(strength)), 1e-12);
    const positions = shown.flatMap(({ from, to }) => [...this.#placeOf(from), ...this.#placeOf(to)]);
    const color = new Color();
    const colors = shown.flatMap(({ strength }) => {
      color.set(strength > 0 ? (dark ? "#fdb863" : "#c1660a") : dark ? "#b2abd2" : "#5e3c99");
      const one = [color.r, color.g, color.b, 0.25 + 0.75 * (Math.abs(strength) / greatest)];
      return [...one, ...one];
    });
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new Float32BufferAttribute(positions, 3));
    geometry.setAttribute("color", new Float32BufferAttribute(colors, 4));
    this.#lines.geometry.dispose();
    this.#lines.geometry = geometry;
    this.#ask();
  }

  look(orbit: Orbit): void {
    this.#camera.position.set(...eyeOf(orbit));
    this.#camera.lookAt(0, 0, 0);
    // Whoever turns it waits for no rest.
    this.#rested = 0;
    this.#ask();
  }

  resize(width: number, height: number): void {
    this.#renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
    this.#renderer.setSize(width, height, false);
    this.#camera.aspect = width / height;
    // A narrow picture shows as much from left to right as a wide one.
    this.#camera.fov =
      2 * MathUtils.radToDeg(Math.atan(halfHeight * Math.max(1, wide / this.#camera.aspect)));
    this.#camera.updateProjectionMatrix();
    this.#ask();
  }

  /** The unit under a place of the picture, from (0, 0) at the top left to (1, 1). */
  at(x: number, y: number): Unit | undefined {
    this.#caster.setFromCamera(new Vector2(2 * x - 1, 1 - 2 * y), this.#camera);
    const { origin, direction } = this.#caster.ray;
    // The planes stand across x, so the ray says by itself which unit it meets: no box has to be tried.
    const hits = this.slabs.flatMap((slab, plane) => {
      const far = (slab.x - origin.x) / direction.x;
      const index = slab.indexAt(origin.y + far * direction.y, origin.z + far * direction.z);
      return far > 0 && index !== undefined ? [{ far, plane, index }] : [];
    });
    return hits.sort((a, b) => a.far - b.far)[0];
  }

  /** Where a point of space is in the picture; undefined behind the eye. */
  project(place: readonly [number, number, number]): readonly [x: number, y: number] | undefined {
    const { x, y, z } = new Vector3(...place).project(this.#camera);
    return z > 1 ? undefined : [(x + 1) / 2, (1 - y) / 2];
  }

  /** The colour that a unit is drawn in, as `#rrggbb`. */
  colorOf({ plane, index }: Unit): string | undefined {
    const mesh = this.#meshes[plane];
    if (mesh === undefined || index >= mesh.count) return undefined;
    const color = new Color();
    mesh.getColorAt(index, color);
    return `#${color.getHexString(SRGBColorSpace)}`;
  }

  dispose(): void {
    cancelAnimationFrame(this.#asked);
    for (const mesh of this.#meshes) mesh.dispose();
    this.#box.dispose();
    this.#material.dispose();
    for (const { geometry, material } of [this.#lines, this.#frame]) {
      geometry.dispose();
      material.dispose();
    }
    this.#renderer.dispose();
    // Browsers keep only a few contexts, and would end the oldest, whosever it is.
    this.#renderer.forceContextLoss();
  }

  #placeOf({ plane, index }: Unit): readonly [number, number, number] {
    return (this.slabs[plane] as Slab).placeOf(index);
  }

  /** Draws soon, once for all changes until then. */
  #ask(): void {
    this.#changed = true;
    if (this.#asked === 0) this.#asked = requestAnimationFrame(this.#go);
  }

  /** In each picture of the screen, as long as there is something to draw or to wait for. */
  readonly #go = (now: number): void => {
    const gl = this.#renderer.getContext() as WebGL2RenderingContext;
    if (this.#fence !== undefined && gl.getSyncParameter(this.#fence, gl.SYNC_STATUS) !== gl.UNSIGNALED) {
      gl.deleteSync(this.#fence);
      this.#fence = undefined;
      const took = now - this.#begun;
      this.#rested = now + (took > slowMilliseconds ? took : 0);
      this.#show();
    }
    if (this.#changed && this.#fence === undefined && now >= this.#rested) {
      this.#changed = false;
      this.#begun = now;
      this.#renderer.render(this.#scene, this.#camera);
      this.#fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0) ?? undefined;
      gl.flush();
    }
    const goesOn = this.#changed || this.#fence !== undefined;
    this.#asked = goesOn ? requestAnimationFrame(this.#go) : 0;
  };

  #show(): void {
    const { domElement } = this.#renderer;
    const { canvas } = this.#screen;
    if (canvas.width !== domElement.width || canvas.height !== domElement.height) {
      canvas.width = domElement.width;
      canvas.height = domElement.height;
    }
    this.#screen.clearRect(0, 0, canvas.width, canvas.height);
    this.#screen.drawImage(domElement, 0, 0);
    this.#ondrawn();
  }
}

/** A box of side 1 by its eight corners alone: a third of what the graphics have to place for a box with shaded sides. */
function corners(): BufferGeometry {
  const geometry = new BufferGeometry();
  const at = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) => [(i & 1) - 0.5, ((i >> 1) & 1) - 0.5, (i >> 2) - 0.5]);
  geometry.setAttribute("position", new Float32BufferAttribute(at, 3));
  // Counterclockwise from outside: left, right, below, above, behind, in front.
  const sides = [
    [0, 4, 6, 2],
    [1, 3, 7, 5],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 2, 3, 1],
    [4, 5, 7, 6],
  ];
  geometry.setIndex(sides.flatMap(([a = 0, b = 0, c = 0, d = 0]) => [a, b, c, a, c, d]));
  return geometry;
}
