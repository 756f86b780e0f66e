/** What may be written at a place of a recipe, from its JSON Schema. */
import { isObject, type Json, type Path, valueAt } from "./draft.js";
import { resolved, type Schema } from "./layer-schema.js";

/** The schemas that a place may follow: one, unless it is not said yet which of several is meant. */
function schemasAt(root: Schema, value: Json, path: Path): Schema[] {
  let found = [root];
  path.forEach((key, depth) => {
    const around = path.slice(0, depth);
    found = found
      .flatMap((schema) => members(resolved(schema, root), valueAt(value, around), root))
      .flatMap((schema) => {
        const inner = typeof key === "number" ? schema.items : schema.properties?.[key];
        return inner ? [inner] : [];
      });
  });
  return found.flatMap((schema) => members(resolved(schema, root), valueAt(value, path), root));
}

/** A union's members; only that of the type that is written, if one is. */
function members(schema: Schema, value: Json | undefined, root: Schema): Schema[] {
  const union = schema.oneOf ?? schema.anyOf;
  if (union === undefined) return [schema];
  const all = union.flatMap((member) => members(resolved(member, root), value, root));
  const type = isObject(value) ? value.type : undefined;
  const meant = all.filter(({ properties }) => type !== undefined && properties?.type?.const === type);
  return meant.length > 0 ? meant : all;
}

/** Keys that an object at this place may have and has not. */
export function keysAt(root: Schema, value: Json, path: Path): string[] {
  const written = valueAt(value, path);
  const there = new Set(isObject(written) ? Object.keys(written) : []);
  const keys = schemasAt(root, value, path).flatMap(({ properties }) => Object.keys(properties ?? {}));
  return [...new Set(keys)].filter((key) => !there.has(key));
}

/** Words that may stand at this place. */
export function wordsAt(root: Schema, value: Json, path: Path): string[] {
  const around = path.slice(0, -1);
  const key = path.at(-1);
  // Which type it is, is what is being written.
  const without = key === "type" && isObject(valueAt(value, around)) ? withoutType(value, around) : value;
  const words = schemasAt(root, without, path).flatMap((schema) =>
    typeof schema.const === "string" ? [schema.const] : (schema.enum ?? []),
  );
  return [...new Set(words)];
}

function withoutType(value: Json, place: Path): Json {
  const [key, ...rest] = place;
  if (key === undefined)
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).filter(([name]) => name !== "type"))
      : value;
  if (Array.isArray(value))
    return value.map((entry: Json, i) => (i === key ? withoutType(entry, rest) : entry));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, name === key ? withoutType(entry, rest) : entry]),
  );
}
