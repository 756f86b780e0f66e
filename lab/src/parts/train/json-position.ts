/** Where in the text of a recipe something stands. */
import { jsonLanguage } from "@codemirror/lang-json";
import type { Path } from "./draft.js";

export interface Range {
  readonly from: number;
  readonly to: number;
}

type Node = ReturnType<typeof jsonLanguage.parser.parse>["topNode"];

export const treeOf = (text: string) => jsonLanguage.parser.parse(text);

/** The first place at which the text is no JSON; undefined if it is. */
export function mistakeIn(text: string): (Range & { readonly message: string }) | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    let found: Range | undefined;
    treeOf(text).iterate({
      enter: ({ type, from, to }) => {
        if (type.isError && found === undefined) found = { from, to };
        return found === undefined;
      },
    });
    const { from, to } = found ?? { from: 0, to: 0 };
    const message = `this is no JSON: ${expectation(text, from, to)}`;
    return { from, to: Math.min(text.length, Math.max(to, from + 1)), message };
  }
}

function expectation(text: string, from: number, to: number): string {
  const before = text.slice(0, from).trimEnd().at(-1);
  const after = text.slice(from).trimStart().at(0);
  if (text.trim() === "") return "it is empty";
  if (after === undefined) return "its end is missing; is a bracket or a quotation mark open?";
  if (before === "," && (after === "}" || after === "]")) return "there is a comma too much";
  if (after === '"' || after === "{" || after === "[") return "a comma is missing before this, or a colon";
  const word = text.slice(from, Math.max(to, from + 1)).trim();
  return word === "" ? "something is missing here" : `"${word.slice(0, 20)}" does not belong here`;
}

/** The first and the last letter of what stands at a path; where it is missing, of what it is missing in. */
export function rangeOf(text: string, path: Path): Range {
  let node: Node | null = treeOf(text).topNode.firstChild;
  if (node === null) return { from: 0, to: Math.min(1, text.length) };
  for (const key of path) {
    const inner: Node | null = typeof key === "number" ? entryOf(node, key) : memberOf(node, key, text);
    if (inner === null) return first(node);
    node = inner;
  }
  return path.length === 0 ? first(node) : { from: node.from, to: node.to };
}

/** The name of a key, rather than its value. */
export function keyRange(text: string, path: Path, key: string): Range | undefined {
  const { from } = rangeOf(text, path);
  let node: Node | null = treeOf(text).resolveInner(from, 1);
  while (node !== null && node.name !== "Object") node = node.parent;
  const property = node === null ? null : propertyOf(node, key, text);
  const name = property?.firstChild;
  return name === null || name === undefined ? undefined : { from: name.from, to: name.to };
}

/** Only the bracket of a long one: not everything in it is wrong. */
const first = ({ name, from, to }: Node): Range => ({
  from,
  to: name === "Object" || name === "Array" ? from + 1 : to,
});

const values = new Set(["Object", "Array", "String", "Number", "True", "False", "Null"]);

function entryOf(node: Node, index: number): Node | null {
  if (node.name !== "Array") return null;
  let at = 0;
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (values.has(child.name) && at++ === index) return child;
  }
  return null;
}

/** As in JSON.parse, the last of several with the same name. */
function propertyOf(node: Node, key: string, text: string): Node | null {
  if (node.name !== "Object") return null;
  for (let child = node.lastChild; child !== null; child = child.prevSibling) {
    const name = child.name === "Property" ? child.getChild("PropertyName") : null;
    if (name !== null && nameIn(text.slice(name.from, name.to)) === key) return child;
  }
  return null;
}

function memberOf(node: Node, key: string, text: string): Node | null {
  const value = propertyOf(node, key, text)?.lastChild ?? null;
  return value !== null && values.has(value.name) ? value : null;
}

function nameIn(quoted: string): string | undefined {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return undefined;
  }
}

/** What encloses a position: the keys and indices that lead there, and whether it is within a key's name. */
export function placeAt(text: string, position: number): { readonly path: Path; readonly isName: boolean } {
  const path: (string | number)[] = [];
  let node: Node | null = treeOf(text).resolveInner(position, -1);
  const isName = node.name === "PropertyName" || node.name === "Object";
  for (; node !== null; node = node.parent) {
    const { parent }: Node = node;
    if (node.name === "Property") {
      const name = node.getChild("PropertyName");
      // A name belongs to the object, not to its own value.
      if (name !== null && !(isName && path.length === 0 && position <= name.to)) {
        path.unshift(nameIn(text.slice(name.from, name.to)) ?? "");
      }
    } else if (parent?.name === "Array" && values.has(node.name)) {
      let index = 0;
      for (let before = node.prevSibling; before !== null; before = before.prevSibling) {
        if (values.has(before.name)) index++;
      }
      path.unshift(index);
    }
  }
  return { path, isName };
}
