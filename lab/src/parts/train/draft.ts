/** Recipes while they are edited: plain JSON, changed by making another. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
export type Path = readonly (string | number)[];

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

export function valueAt(value: Json, path: Path): Json | undefined {
  let found: Json | undefined = value;
  for (const key of path) {
    if (isList(found) && typeof key === "number") found = found[key];
    else if (isObject(found) && typeof key === "string") found = found[key];
    else return undefined;
  }
  return found;
}

/** Another value at a place; undefined takes away a key or an entry. */
export function changed(value: Json, path: Path, next: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) return next ?? null;
  if (isList(value) && typeof key === "number") {
    if (rest.length === 0 && next === undefined) return value.filter((_, i) => i !== key);
    return value.map((entry, i) => (i === key ? changed(entry, rest, next) : entry));
  }
  const object = isObject(value) ? value : {};
  if (rest.length === 0 && next === undefined) {
    return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
  }
  return { ...object, [key]: changed(object[key] ?? {}, rest, next) };
}

/** The list at a place with one more entry, before that of an index. */
export function inserted(value: Json, path: Path, index: number, entry: Json): Json {
  const list = valueAt(value, path);
  return changed(value, path, isList(list) ? list.toSpliced(index, 0, entry) : [entry]);
}

/** The list at a place, one entry moved. */
export function moved(value: Json, path: Path, from: number, to: number): Json {
  const list = valueAt(value, path);
  const entry = isList(list) ? list[from] : undefined;
  if (!isList(list) || entry === undefined || to < 0 || to >= list.length) return value;
  return changed(value, path, list.toSpliced(from, 1).toSpliced(to, 0, entry));
}

const lineWidth = 88;

/** JSON as people write it: what fits into a line stands on one. */
export function pretty(value: Json, indent = ""): string {
  const short = inOneLine(value);
  if ((!isList(value) && !isObject(value)) || indent.length + short.length <= lineWidth) {
    // The whole is always laid out in lines.
    if (indent !== "" || !isObject(value)) return short;
  }
  const inner = `${indent}  `;
  const [open, close, lines] = isList(value)
    ? ["[", "]", value.map((entry) => pretty(entry, inner))]
    : [
        "{",
        "}",
        Object.entries(value as JsonObject).map(
          ([key, entry]) => `${JSON.stringify(key)}: ${pretty(entry, inner)}`,
        ),
      ];
  return lines.length === 0
    ? `${open}${close}`
    : `${open}\n${lines.map((line) => inner + line).join(",\n")}\n${indent}${close}`;
}

export function inOneLine(value: Json): string {
  if (isList(value)) return `[${value.map(inOneLine).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${inOneLine(entry)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}
