import { inspect, models, type nn } from "gradus";
import { defineExample, UserError } from "gradus/example";

const grouped = (value: number) => value.toLocaleString("en");
const bySize = (shape: readonly number[]) => shape.join(" x ");

const sum = (rows: readonly nn.LayerDescription[], of: "parameters" | "multiplyAdds") =>
  rows.reduce((total, row) => total + row[of], 0);

/** Beside the longest way through a network: projections in shortcuts, and the thinner branches of inception modules. */
const isAside = (path: string) => /downsample|branch[124]/.test(path);
const isConvolution = ({ kind }: nn.LayerDescription) => /^(connectedConv|conv)2d$/.test(kind);
const isDense = ({ kind }: nn.LayerDescription) => kind === "dense";

/**
 * The extent of the input that one output of a layer sees. In networks whose layers run one after the other it follows
 * from the windows; where ways part and meet, from the graph of operations, on an input too large to be seen whole.
 */
function receptiveField(network: nn.Module, row: nn.LayerDescription): number {
  if (row.receptiveField) return row.receptiveField.size[0]!;
  const [channels] = network.inputShape;
  const box = inspect.receptiveField(network, { path: row.path, inputShape: [channels!, 2048, 2048] })!;
  return box.stop[1]! - box.start[1]!;
}

/** What a network is, counted from its layers. */
function countsOf(named: models.NamedNetwork) {
  const network = named.make();
  network.build(named.inputShape); // makes no weights: that would wait until they are used
  const rows = network.describe();
  const convolutions = rows.filter((row) => isConvolution(row) && !isAside(row.path));
  const dense = rows.filter(isDense);
  const parameters = sum(rows, "parameters");
  return {
    network,
    rows,
    depth: convolutions.length + dense.length,
    parameters,
    multiplyAdds: sum(rows, "multiplyAdds"),
    denseShare: sum(dense, "parameters") / parameters,
    field: receptiveField(network, convolutions.at(-1)!),
  };
}

export default defineExample({
  name: "networks",
  topic: "Named networks",
  rows: ["M19"],
  title: "the named networks from LeNet-5 to ResNet, counted layer by layer",
  claim:
    "In twenty years networks grew from a handful of layers to a hundred and more, and their work a thousandfold. AlexNet and VGG " +
    "have nearly all of their weights in the dense layers at their end; GoogLeNet and ResNet average over positions instead, " +
    "and are deeper with far fewer weights. Small convolutions, stacked, see as much as large ones.",
  options: {
    network: { description: "print the layers of this one, too", value: "name" },
  },

  async run({ option, table, chart, say }) {
    const counted = models.networks.map((named) => ({ named, ...countsOf(named) }));

    const asked = option("network");
    if (asked !== undefined) {
      const found = counted.find(({ named }) => named.name === asked);
      if (found === undefined) {
        const names = models.networks.map(({ name }) => name).join(", ");
        throw new UserError(`--network: there is no network "${asked}"; there are ${names}`);
      }
      say(`${found.named.title} (${found.named.source}), for inputs of ${bySize(found.named.inputShape)}:`);
      table(
        ["layer", "kind", "output", "parameters", "multiply-adds"],
        found.rows.map((row) => [
          row.path,
          `${row.kind}${row.window ? ` ${row.window.kernel.join("x")}` : ""}`,
          bySize(row.outputShape),
          grouped(row.parameters),
          grouped(row.multiplyAdds),
        ]),
      );
    }
    table(
      ["network", "input", "layers", "parameters", "published", "in dense layers", "multiply-adds", "sees"],
      counted.map(({ named, depth, parameters, denseShare, multiplyAdds, field }) => [
        named.name,
        bySize(named.inputShape),
        depth,
        grouped(parameters),
        named.published ?? "",
        `${Math.round(100 * denseShare)}%`,
        `${grouped(Number((multiplyAdds / 1e6).toPrecision(3)))} M`,
        `${field} x ${field}`,
      ]),
    );
    say(
      "Layers are the convolutions and dense layers on the longest way; the last column is the part of the input that one " +
        "output of the last convolution depends on.",
    );
    const sources = [...new Set(counted.map(({ named }) => named.source))];
    await chart("networks", {
      title: "Work and weights of named networks",
      x: { label: "multiply-adds of one image", scale: "log" },
      y: { label: "parameters", scale: "log" },
      series: sources.map((source) => {
        const group = counted.filter(({ named }) => named.source === source);
        const [x, y] = [group.map((entry) => entry.multiplyAdds), group.map((entry) => entry.parameters)];
        return { label: source, x, y, mark: "points" as const };
      }),
    });

    const stated = counted.filter(({ named }) => named.published !== undefined);
    const equal = stated.filter(({ named, parameters }) => parameters === named.parameters);
    const weightiest = counted.reduce((a, b) => (b.denseShare > a.denseShare ? b : a));
    const deepest = counted.reduce((a, b) => (b.depth > a.depth ? b : a));
    return {
      measured:
        `Of ${stated.length} networks with a published number of parameters, ${equal.length} have exactly that. ` +
        `${weightiest.named.title} has the greatest part of its ${grouped(weightiest.parameters)} in dense layers, ` +
        `${Math.round(100 * weightiest.denseShare)}%; ${deepest.named.title}, the deepest with ${deepest.depth} layers, has ` +
        `${Math.round(100 * deepest.denseShare)}% of its ${grouped(deepest.parameters)} there.`,
      values: Object.fromEntries(
        counted.map(({ named, depth, parameters, denseShare, multiplyAdds, field }) => [
          named.name,
          { depth, parameters, denseShare, multiplyAdds, receptiveField: field },
        ]),
      ),
    };
  },
});
