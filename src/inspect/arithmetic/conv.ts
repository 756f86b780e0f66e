import { Conv } from "../../nn/conv.js";
import type { ConvLayer } from "../../nn/conv-layer.js";
import { DepthwiseConv } from "../../nn/depthwise-conv.js";
import { formatShape } from "../../shape/shape.js";
import { derived, slope, sum, term } from "./derive.js";
import { family, type LayerRules, type Site } from "./site.js";
import { cellAt, indicesOf, isInside, windowOf, windowsOver } from "./windows.js";

type Position = [first: number, second: number, ...spatial: number[]];

/** What all rules of a convolution begin with. A filter sees the channels of its group, `inputs` of them. */
function geometry(site: Site<ConvLayer>) {
  const { module } = site;
  const [filters, inputs] = module.weight.shape as Position;
  const inputShape = site.inputShape();
  const groups = inputShape[1]! / inputs;
  return {
    window: windowOf(module, inputShape),
    filters,
    inputs,
    filtersOfGroup: filters / groups,
    spatial: inputShape.slice(2),
    outputs: site.outputShape.slice(2),
    batch: inputShape[0]!,
    firstChannel: (filter: number) => Math.floor(filter / (filters / groups)) * inputs,
  };
}

const padding = derived("0", 0);

const rules: LayerRules<ConvLayer> = {
  forward(site, index) {
    const [n, o, ...p] = index as Position;
    const { window, inputs, spatial, firstChannel } = geometry(site);
    const terms = indicesOf([inputs, ...window.kernel]).map(([channel, ...k]) => {
      const c = firstChannel(o) + channel!;
      const position = cellAt(window, p, k);
      const inside = isInside(position, spatial);
      return term(
        `channel ${c}, kernel ${formatShape(k)}`,
        [inside ? site.x([n, c, ...position]) : padding, site.variable("weight", "w", [o, channel!, ...k])],
        inside ? undefined : "padding",
      );
    });
    if (site.module.bias) terms.push(term("bias", [site.variable("bias", "b", [o])]));
    const bias = site.module.bias ? " + b_o" : "";
    return sum(
      ["y_{n,o,p}", `\\sum_{c,k} x_{n,c,\\,ps+kd-a}\\, w_{o,c,k}${bias}`],
      terms,
      geometryNote(site),
    );
  },

  backward(site, index) {
    const [n, c, ...q] = index as Position;
    const { window, inputs, filtersOfGroup, outputs } = geometry(site);
    const group = Math.floor(c / inputs);
    const uses = windowsOver(window, q, outputs);
    const terms = Array.from({ length: filtersOfGroup }, (_, i) => group * filtersOfGroup + i).flatMap((o) =>
      uses.map(({ p, k }) =>
        term(`filter ${o}, output ${formatShape(p)}, kernel ${formatShape(k)}`, [
          site.dy([n, o, ...p]),
          site.variable("weight", "w", [o, c - group * inputs, ...k]),
        ]),
      ),
    );
    return sum(
      [slope("x_{n,c,q}"), `\\sum_{o,p,k:\\; ps+kd-a=q} ${slope("y_{n,o,p}")}\\, w_{o,c,k}`],
      terms,
      geometryNote(site),
    );
  },

  weights: {
    weight(site, index) {
      const [o, channel, ...k] = index as Position;
      const { window, batch, spatial, outputs, firstChannel } = geometry(site);
      const c = firstChannel(o) + channel;
      const terms = indicesOf([batch, ...outputs]).map(([n, ...p]) => {
        const position = cellAt(window, p, k);
        const inside = isInside(position, spatial);
        return term(
          `example ${n}, output ${formatShape(p)}`,
          [site.dy([n!, o, ...p]), inside ? site.x([n!, c, ...position]) : padding],
          inside ? undefined : "padding",
        );
      });
      return sum(
        [slope("w_{o,c,k}"), `\\sum_{n,p} ${slope("y_{n,o,p}")}\\, x_{n,c,\\,ps+kd-a}`],
        terms,
        geometryNote(site),
      );
    },

    bias(site, index) {
      const [o] = index as [number];
      const { batch, outputs } = geometry(site);
      const terms = indicesOf([batch, ...outputs]).map(([n, ...p]) =>
        term(`example ${n}, output ${formatShape(p)}`, [site.dy([n!, o, ...p])]),
      );
      return sum([slope("b_o"), `\\sum_{n,p} ${slope("y_{n,o,p}")}`], terms);
    },
  },
};

function geometryNote(site: Site<ConvLayer>): string {
  const { strides, dilation, padding: around } = windowOf(site.module, site.inputShape());
  const before = around.map(([cells]) => cells);
  const [s, d, a] = [strides, dilation, before].map(formatShape);
  return `stride s = ${s}, dilation d = ${d}, padding before a = ${a}`;
}

export const convolutions = [family(Conv, rules), family(DepthwiseConv, rules)];
