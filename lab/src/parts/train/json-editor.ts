/** An editor for the text of a recipe, by CodeMirror. Loaded when it is first wanted. */
import { json, jsonLanguage } from "@codemirror/lang-json";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { tags } from "@lezer/highlight";
import { basicSetup, EditorView } from "codemirror";
import { keysAt, wordsAt } from "./completion.js";
import type { Json } from "./draft.js";
import { keyRange, mistakeIn, placeAt, rangeOf } from "./json-position.js";
import type { Schema } from "./layer-schema.js";

export { mistakeIn };

/** A problem of a recipe, as `checkRecipe` gives it. */
interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface JsonEditor {
  readonly text: string;
  /** Replaces the text, if it is another. */
  show(text: string): void;
  /** Marks problems at their places; where the text is no JSON, that alone. */
  mark(problems: readonly Problem[]): void;
  destroy(): void;
}

const looks = EditorView.theme({
  "&": {
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    background: "var(--card)",
    fontSize: "13px",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--sunken)", color: "var(--quiet)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "color-mix(in srgb, var(--accent) 8%, transparent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 25%, transparent) !important",
  },
  ".cm-tooltip": { background: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-panels": { background: "var(--sunken)", color: "var(--ink)" },
});

const colors = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--series-1)" },
  { tag: tags.string, color: "var(--series-3)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--series-2)" },
]);

/** @param onchange is told the text whenever the user has changed it */
export function jsonEditor(
  parent: HTMLElement,
  text: string,
  schema: Schema,
  onchange: (text: string) => void,
): JsonEditor {
  let silent = false;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        basicSetup,
        json(),
        jsonLanguage.data.of({ autocomplete: (context: Position) => complete(context, schema) }),
        lintGutter(),
        looks,
        syntaxHighlighting(colors),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "The recipe as JSON" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !silent) onchange(update.state.doc.toString());
        }),
      ],
    }),
  });
  const current = () => view.state.doc.toString();
  return {
    get text() {
      return current();
    },
    show(next) {
      const before = current();
      if (before === next) return;
      silent = true;
      view.dispatch({ changes: { from: 0, to: before.length, insert: next } });
      silent = false;
    },
    mark(problems) {
      const now = current();
      const mistake = mistakeIn(now);
      const marks: Diagnostic[] =
        mistake === undefined
          ? problems.map(({ path, message }) => ({
              ...placeOf(now, path, message),
              severity: "error",
              message,
            }))
          : [{ ...mistake, severity: "error" }];
      view.dispatch(setDiagnostics(view.state, marks));
    },
    destroy: () => view.destroy(),
  };
}

/** Of an unknown key the name is marked, of all else the value. */
function placeOf(text: string, path: Problem["path"], message: string) {
  const [, unknown] = /^unknown keys? "([^"]*)"/.exec(message) ?? [];
  return (unknown === undefined ? undefined : keyRange(text, path, unknown)) ?? rangeOf(text, path);
}

/** As CodeMirror asks. */
interface Position {
  readonly state: EditorState;
  readonly pos: number;
  readonly explicit: boolean;
}

function complete({ state, pos, explicit }: Position, schema: Schema) {
  const text = state.doc.toString();
  const [, typed = ""] = /("?\w*)$/.exec(text.slice(0, pos)) ?? [];
  if (typed === "" && !explicit) return null;
  const { path, isName } = placeAt(text, pos);
  const value = tolerant(text);
  const words = isName ? keysAt(schema, value, path) : wordsAt(schema, value, path);
  if (words.length === 0) return null;
  const closed = text[pos] === '"';
  return {
    from: pos - typed.length,
    ...(closed ? { to: pos + 1 } : {}),
    options: words.map((word) => ({ label: `"${word}"`, type: isName ? "property" : "constant" })),
    validFor: /^"?\w*"?$/,
  };
}

/** What the text says where it is JSON; while something is missing, only its names and types count, and they may be unknown. */
function tolerant(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}
