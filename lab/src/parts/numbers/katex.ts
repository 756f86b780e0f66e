/** The typesetter with its style and fonts: large, and so loaded only when there is a formula to show. */
import katex from "katex";
import "katex/dist/katex.min.css";

const kept = new Map<string, string>();

/** HTML, with MathML for those who listen. Lines break at operators. */
export function typeset(tex: string): string {
  let html = kept.get(tex);
  if (html === undefined) {
    html = katex.renderToString(tex, { throwOnError: false });
    if (kept.size > 3000) kept.clear();
    kept.set(tex, html);
  }
  return html;
}
