/** The types of layers and their options, from the JSON Schema of recipes: what the editor offers, and with which inputs. */
import type { Json } from "./draft.js";

/** The part of JSON Schema that recipes use. */
export interface Schema {
  readonly type?: string;
  readonly const?: Json;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema | false;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** An option, and the input that fits it. */
export type Option = { readonly name: string; readonly required: boolean } & (
  | {
      readonly input: "number";
      readonly whole: boolean;
      readonly minimum?: number | undefined;
      readonly maximum?: number | undefined;
    }
  | { readonly input: "switch" }
  | { readonly input: "choice"; readonly words: readonly string[] }
  /** A number, two, or one of these words. */
  | { readonly input: "text"; readonly words: readonly string[] }
  /** A word, or a type with options of its own. */
  | { readonly input: "type"; readonly words: readonly string[]; readonly types: readonly ItemType[] }
  | { readonly input: "layers" }
);

/** Something that recipes write as `{ "type": ..., ... }`. */
export interface ItemType {
  readonly type: string;
  readonly options: readonly Option[];
}

/** Follows a reference within the schema. */
export function resolved(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace("#/$defs/", "");
  return name === undefined ? schema : (root.$defs?.[name] ?? {});
}

export function layerTypes(root: Schema): readonly ItemType[] {
  const { items } = root.properties?.layers ?? {};
  return items ? typesOf(resolved(items, root), root) : [];
}

function typesOf(union: Schema, root: Schema): ItemType[] {
  return (union.oneOf ?? []).map(({ properties = {}, required = [] }) => ({
    type: String(properties.type?.const),
    options: Object.entries(properties)
      .filter(([name]) => name !== "type")
      .map(([name, schema]) => optionOf(name, schema, required.includes(name), root)),
  }));
}

function optionOf(name: string, schema: Schema, required: boolean, root: Schema): Option {
  const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  if (type === "boolean") return { name, required, input: "switch" };
  if (schema.enum !== undefined) return { name, required, input: "choice", words: schema.enum };
  if (type === "array") return { name, required, input: "layers" };
  if (type === "number" || type === "integer") {
    return {
      name,
      required,
      input: "number",
      whole: type === "integer",
      minimum: minimum ?? exclusiveMinimum,
      // All integers have the greatest safe one as their maximum: that is no bound to speak of.
      maximum: maximum === Number.MAX_SAFE_INTEGER ? undefined : (maximum ?? exclusiveMaximum),
    };
  }
  const members = schema.anyOf ?? [];
  const words = members.flatMap((member) => member.enum ?? []);
  const union = members.find((member) => member.oneOf !== undefined);
  if (union !== undefined) return { name, required, input: "type", words, types: typesOf(union, root) };
  return { name, required, input: "text", words };
}

/** What to write for options that must be there, until the user does. */
const beginnings: Readonly<Record<string, Json>> = {
  filters: 16,
  kernelSize: 3,
  units: 32,
  window: 2,
  rate: 0.5,
  order: 2,
  size: 3,
  groups: 2,
  pieces: 2,
  factor: 2,
  padding: 1,
  standardDeviation: 0.1,
  low: -0.1,
  high: 0.1,
  value: 0.1,
};

/** The least that one of a type must say. */
export function beginningOf({ type, options }: ItemType): Json {
  const needed = options.filter(({ required }) => required);
  const inner = { type: "relu" };
  return {
    type,
    ...Object.fromEntries(
      needed.map(({ name, input }) => [name, input === "layers" ? [inner] : (beginnings[name] ?? 1)]),
    ),
  };
}

/** The value of an input for numbers, pairs and words: `3`, `3, 5` or `same`; nothing for an empty one. */
export function readText(text: string): Json | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const parts = trimmed.split(/\s*[,x]\s*/);
  const numbers = parts.map(Number);
  if (parts.some((part) => part === "") || numbers.some(Number.isNaN)) return trimmed;
  return numbers.length === 1 ? (numbers[0] as number) : numbers;
}

export function writeText(value: Json | undefined): string {
  if (value === undefined) return "";
  return Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : JSON.stringify(value);
}

/** Types that are used most, for the top of the menu. */
export const common = [
  "conv2d",
  "relu",
  "maxPool2d",
  "flatten",
  "dense",
  "batchNorm",
  "dropout",
  "globalAveragePool",
  "residual",
];
