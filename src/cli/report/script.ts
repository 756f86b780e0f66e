/** The report's script: draws both charts with uPlot in the page's colours, and again when these or the width change. */
export const reportScript = `
(() => {
  const curves = JSON.parse(document.getElementById("curves").textContent);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = [
    { id: "loss", train: curves.trainLoss, validation: curves.validationLoss, format: (v) => v.toFixed(4) },
    { id: "accuracy", train: curves.trainAccuracy, validation: curves.validationAccuracy, format: (v) => (100 * v).toFixed(2) + "%" },
  ];
  let drawn = [];
  function draw() {
    for (const chart of drawn) chart.destroy();
    const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    drawn = charts.map(({ id, train, validation, format }) => {
      const place = document.getElementById(id);
      const value = (_, v) => (v == null ? "" : format(v));
      const values = (_, ticks) => ticks.map((v) => (id === "accuracy" ? Math.round(1000 * v) / 10 + "%" : String(v)));
      return new uPlot(
        {
          width: place.clientWidth,
          height: 260,
          scales: { x: { time: false } },
          series: [
            { label: "epoch", value: (_, v) => (v == null ? "" : v.toFixed(2)) },
            { label: "training", stroke: color("--train"), width: 1.5, points: { show: false }, spanGaps: true, value },
            { label: "validation", stroke: color("--validation"), width: 2, points: { show: true, size: 6 }, spanGaps: true, value },
          ],
          axes: [axis, { ...axis, size: 56, values }],
        },
        [curves.epochs, train, validation],
        place,
      );
    });
  }
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    draw();
  });
})();
`;
