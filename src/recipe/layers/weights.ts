import * as nn from "../../nn/index.js";
import { define, given } from "../definition.js";
import { cellsPerAxis, count, padding, size } from "../fields.js";
import { weightKeys, weightOptions } from "../initializers.js";

const windowKeys = { stride: size.optional(), padding: padding.optional(), dilation: size.optional() };

type Pair = number | [number, number];

function windowOptions({
  stride,
  padding,
  dilation,
}: {
  stride?: Pair | undefined;
  padding?: "same" | "valid" | Pair | undefined;
  dilation?: Pair | undefined;
}) {
  return given({ stride, padding, dilation });
}

/** Layers that are mostly weights: convolutions and dense layers. */
export const weighted = {
  conv2d: define(
    "conv2d",
    { filters: count, kernelSize: size, ...windowKeys, groups: count.optional(), ...weightKeys },
    (layer) =>
      nn.conv2d(layer.filters, layer.kernelSize, {
        ...windowOptions(layer),
        ...weightOptions(layer),
        ...given({ groups: layer.groups }),
      }),
  ),
  depthwiseConv2d: define(
    "depthwiseConv2d",
    { kernelSize: size, ...windowKeys, multiplier: count.optional(), ...weightKeys },
    (layer) =>
      nn.depthwiseConv2d(layer.kernelSize, {
        ...windowOptions(layer),
        ...weightOptions(layer),
        ...given({ multiplier: layer.multiplier }),
      }),
  ),
  separableConv2d: define(
    "separableConv2d",
    { filters: count, kernelSize: size, ...windowKeys, multiplier: count.optional(), ...weightKeys },
    (layer) =>
      nn.separableConv2d(layer.filters, layer.kernelSize, {
        ...windowOptions(layer),
        ...weightOptions(layer),
        ...given({ multiplier: layer.multiplier }),
      }),
  ),
  convTranspose2d: define(
    "convTranspose2d",
    {
      filters: count,
      kernelSize: size,
      ...windowKeys,
      outputPadding: cellsPerAxis.optional(),
      groups: count.optional(),
      ...weightKeys,
    },
    (layer) =>
      nn.convTranspose2d(layer.filters, layer.kernelSize, {
        ...windowOptions(layer),
        ...weightOptions(layer),
        ...given({ outputPadding: layer.outputPadding, groups: layer.groups }),
      }),
  ),
  locallyConnected2d: define(
    "locallyConnected2d",
    { filters: count, kernelSize: size, ...windowKeys, ...weightKeys },
    (layer) =>
      nn.locallyConnected2d(layer.filters, layer.kernelSize, {
        ...windowOptions(layer),
        ...weightOptions(layer),
      }),
  ),
  dense: define("dense", { units: count, ...weightKeys }, (layer) =>
    nn.dense(layer.units, weightOptions(layer)),
  ),
};
