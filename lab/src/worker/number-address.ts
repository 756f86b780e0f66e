/** The address of a number as one word of a link: `activation:0:0,3,4,7`. */
import type { inspect } from "gradus";

type Address = inspect.Address;

export const loss: Address = { kind: "loss", path: "", index: [] };

export const numberText = ({ kind, path, index }: Address): string => `${kind}:${path}:${index.join(",")}`;

/** Whether there is such a number, the network says. */
export function readNumber(text: string): Address {
  const [kind = "", path = "", index = ""] = text.split(":");
  return { kind: kind as Address["kind"], path, index: index === "" ? [] : index.split(",").map(Number) };
}

/** Row-major place of an index in a tensor of this shape. */
export const offsetOf = (index: readonly number[], shape: readonly number[]): number =>
  index.reduce((offset, position, axis) => offset * (shape[axis] as number) + position, 0);

const twins: Partial<Record<Address["kind"], Address["kind"]>> = {
  input: "inputGradient",
  activation: "activationGradient",
  weight: "weightGradient",
  inputGradient: "input",
  activationGradient: "activation",
  weightGradient: "weight",
};

/** The gradient of a value, the value of a gradient; undefined for the loss and what it is made of. */
export function twinOf(address: Address): Address | undefined {
  const kind = twins[address.kind];
  return kind === undefined ? undefined : { ...address, kind };
}

export const isGradient = ({ kind }: Pick<Address, "kind">): boolean => kind.endsWith("Gradient");

/** The layer to which a number belongs: of a variable `3.conv1.weight`, of an operation inside of it `3/add`. */
export function layerOf({ kind, path }: Pick<Address, "kind" | "path">): string {
  const inside = path.lastIndexOf("/");
  if (inside >= 0) return path.slice(0, inside);
  return kind.startsWith("weight") ? path.slice(0, Math.max(0, path.lastIndexOf("."))) : path;
}

/** The operation inside of a layer from which a number comes: `add` of `3/add`; none for what the layer itself gives. */
export function operationOf({ path }: Pick<Address, "path">): string | undefined {
  const inside = path.lastIndexOf("/");
  return inside < 0 ? undefined : path.slice(inside + 1);
}
