/** Numbers by their names in plain words. */
import type { inspect } from "gradus";
import type { Sheet } from "../../worker/lenses/arithmetic.js";
import { isGradient, layerOf, operationOf as operationIn } from "../../worker/number-address.js";

type Tensor = Pick<Sheet, "kind" | "path" | "shape" | "layer" | "ownAxes">;

const positions: readonly (readonly string[])[] = [
  [],
  ["position"],
  ["row", "column"],
  ["depth", "row", "column"],
];
const spatial = (count: number) => positions[count] ?? Array.from({ length: count }, (_, i) => `axis ${i}`);

const operations: Readonly<Record<string, string>> = {
  add: "sum",
  subtract: "difference",
  multiply: "product",
  divide: "quotient",
  sum: "total",
  matmul: "matrix product",
  sqrt: "root",
  concatenate: "joined numbers",
  pad: "padded numbers",
  reshape: "reshaped numbers",
};

/** The operation inside of a layer from which a number comes: `sum`, `relu 2`. */
function operationOf(address: Pick<inspect.Address, "path">): string | undefined {
  const [, name = "", count = ""] = /^(.*?)(?:\.(\d+))?$/.exec(operationIn(address) ?? "") ?? [];
  return name === "" ? undefined : `${operations[name] ?? name}${count === "" ? "" : ` ${count}`}`;
}

/** What each axis counts. Those of batches begin with the example. */
export function axesOf({ kind, shape, layer, ownAxes }: Tensor): readonly string[] {
  if (ownAxes) {
    const axes = shape.map((_, axis) => `axis ${axis}`);
    return kind.startsWith("weight") ? axes : axes.with(0, "example");
  }
  switch (kind) {
    case "loss":
      return [];
    case "exampleLoss":
      return ["example"];
    case "probability":
      return ["example", "class"];
    case "weight":
    case "weightGradient":
      if (shape.length > 2) return ["filter", "channel", ...spatial(shape.length - 2)];
      if (shape.length === 2) return ["unit", "input"];
      return shape.length === 1 ? [oneForEach(layer?.kind ?? "")] : [];
    default:
      if (shape.length === 2) return ["example", "unit"];
      return ["example", "channel", ...spatial(shape.length - 2)];
  }
}

function oneForEach(layer: string): string {
  if (layer.startsWith("conv")) return "filter";
  return layer === "dense" ? "unit" : "channel";
}

/** What a tensor holds, within its layer: `activation`, `gradient of the bias`, `its sum`. */
export function holding({ kind, path }: Pick<Tensor, "kind" | "path">): string {
  const operation = operationOf({ path });
  if (operation !== undefined)
    return isGradient({ kind }) ? `gradient of its ${operation}` : `its ${operation}`;
  const variable = path.slice(path.lastIndexOf(".") + 1).replaceAll("_", " ");
  switch (kind) {
    case "weight":
      return variable;
    case "weightGradient":
      return `gradient of the ${variable}`;
    case "activationGradient":
      return "gradient of the activation";
    case "inputGradient":
      return "gradient of the input";
    case "exampleLoss":
      return "loss of the image";
    default:
      return kind;
  }
}

/** `activation of layer 0 (conv2d), channel 3, row 4, column 7` */
export function nameOf(tensor: Tensor, index: readonly number[], classes: readonly string[]): string {
  const { kind, layer } = tensor;
  if (kind === "loss") return "loss: the mean over the images, here of one";
  if (kind === "exampleLoss") return "loss of this image";
  if (kind === "probability") return `probability of class ${classes[index[1] as number] ?? index[1]}`;
  const operation = operationOf(tensor);
  const held =
    operation === undefined ? holding(tensor) : `${isGradient(tensor) ? "gradient of " : ""}the ${operation}`;
  const what = held.replace("gradient of", "gradient of the loss by");
  const where =
    layer === undefined
      ? ""
      : layer.path === ""
        ? ` ${operation === undefined ? "of" : "inside of"} the network`
        : ` ${operation === undefined ? "of" : "inside of"} layer ${layer.path} (${layer.kind})`;
  const places = axesOf(tensor).flatMap((axis, i) => (axis === "example" ? [] : [`${axis} ${index[i]}`]));
  return `${what}${where}${places.map((place) => `, ${place}`).join("")}`;
}

/** For the trail: `layer 0 [3, 4, 7]`. */
export function shortName({ kind, path, index }: inspect.Address): string {
  if (kind === "loss") return "loss";
  if (kind === "exampleLoss") return "loss of the image";
  const own = kind === "weight" || kind === "weightGradient" ? index : index.slice(1);
  const place = `[${own.join(", ")}]`;
  const gradient = isGradient({ kind }) ? "gradient of " : "";
  if (kind === "probability") return `probability ${place}`;
  if (kind === "input" || kind === "inputGradient") return `${gradient}input ${place}`;
  const operation = operationOf({ path });
  if (operation !== undefined) return `${gradient}${operation} in ${layerOf({ kind, path })} ${place}`;
  return kind.startsWith("weight") ? `${gradient}${path} ${place}` : `${gradient}layer ${path} ${place}`;
}

/** Numbers to as many digits as a 32-bit float has. */
export const precisely = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(7))) : String(value);
