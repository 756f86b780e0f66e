import { z } from "zod";
import * as nn from "../../nn/index.js";
import { define, given } from "../definition.js";
import { cells, count, padding, size } from "../fields.js";

const windowKeys = {
  window: size,
  stride: size.optional(),
  padding: padding.optional(),
  dilation: size.optional(),
  ceilMode: z.boolean().optional(),
};

/** The exponent of a norm. */
const order = z.number().min(1);

const channelKeys = {
  window: count,
  stride: count.optional(),
  padding: z.union([cells, z.tuple([cells, cells])]).optional(),
};

/** Layers that make fewer values of neighbouring ones. */
export const pooling = {
  maxPool2d: define("maxPool2d", windowKeys, ({ type, window, ...options }) =>
    nn.maxPool2d(window, given(options)),
  ),
  averagePool2d: define(
    "averagePool2d",
    { ...windowKeys, countIncludePad: z.boolean().optional() },
    ({ type, window, ...options }) => nn.averagePool2d(window, given(options)),
  ),
  lpPool2d: define("lpPool2d", { order, ...windowKeys }, ({ type, order, window, ...options }) =>
    nn.lpPool2d(order, window, given(options)),
  ),
  adaptiveAveragePool2d: define("adaptiveAveragePool2d", { size }, ({ size }) =>
    nn.adaptiveAveragePool2d(size),
  ),
  globalAveragePool: define("globalAveragePool", {}, () => nn.globalAveragePool()),
  globalMaxPool: define("globalMaxPool", {}, () => nn.globalMaxPool()),
  globalLpPool: define("globalLpPool", { order }, ({ order }) => nn.globalLpPool(order)),
  channelMaxPool: define("channelMaxPool", channelKeys, ({ type, window, ...options }) =>
    nn.channelMaxPool(window, given(options)),
  ),
  channelAveragePool: define("channelAveragePool", channelKeys, ({ type, window, ...options }) =>
    nn.channelAveragePool(window, given(options)),
  ),
  channelLpPool: define("channelLpPool", { order, ...channelKeys }, ({ type, order, window, ...options }) =>
    nn.channelLpPool(order, window, given(options)),
  ),
};
