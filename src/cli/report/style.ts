/** The report's style sheet. */
export const reportStyle = `
:root {
  --page: #fbfaf8; --panel: #ffffff; --line: #e4e1db; --text: #1f2328; --muted: #6a6f76;
  --train: #3b6fd4; --validation: #d97706; --right: #15803d; --wrong: #dc2626;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #131517; --panel: #1b1e21; --line: #30353a; --text: #e6e8ea; --muted: #979da4;
    --train: #7aa5ff; --validation: #f5b14c; --right: #4ade80; --wrong: #f87171;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
h1 { margin: 0 0 1rem; font-size: 1.7rem; letter-spacing: -0.02em; }
h2 { margin: 0 0 0.75rem; font-size: 1.05rem; }
p { margin: 0 0 0.75rem; color: var(--muted); }
section, .charts > div {
  margin-top: 1.25rem; padding: 1.1rem 1.25rem; min-width: 0;
  background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
}
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.25rem; padding: 0; border: 0; background: none; }
.charts > div { margin: 0; }
.chart { min-height: 260px; }
.facts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.25rem; margin: 0; }
.fact dt { color: var(--muted); font-size: 0.8rem; }
.fact dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
.scroll { overflow-x: auto; }
.confusion { border-collapse: separate; border-spacing: 2px; }
.confusion caption { caption-side: bottom; padding-top: 0.6rem; text-align: left; color: var(--muted); }
.confusion th { padding: 0.2rem 0.5rem; font-weight: 600; color: var(--muted); }
.confusion td { min-width: 2.6rem; height: 2.1rem; padding: 0 0.4rem; text-align: center; border-radius: 4px; }
.confusion td.right { background: color-mix(in srgb, var(--right) calc(var(--strength) * 0.45), transparent); }
.confusion td.wrong { background: color-mix(in srgb, var(--wrong) var(--strength), transparent); }
.confusion td.recall { color: var(--muted); text-align: right; }
.gallery { display: flex; flex-wrap: wrap; gap: 0.75rem; }
.gallery img { display: block; image-rendering: pixelated; border-radius: 4px; }
figure { margin: 0; }
figcaption { margin-top: 0.2rem; text-align: center; font-size: 0.85rem; }
small { color: var(--muted); }
pre { margin: 0; font: 13px/1.5 ui-monospace, monospace; }
summary { cursor: pointer; font-weight: 600; }
details pre { margin-top: 0.75rem; }
.u-legend { font-size: 0.85rem; }
.u-legend .u-value { min-width: 4em; text-align: left; }
`;
