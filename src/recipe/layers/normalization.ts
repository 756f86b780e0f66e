import { z } from "zod";
import * as nn from "../../nn/index.js";
import { define, given } from "../definition.js";
import { count, nonNegative, positive, share } from "../fields.js";

const normalKeys = { epsilon: positive.optional(), affine: z.boolean().optional() };

export const normalization = {
  batchNorm: define("batchNorm", { momentum: share.optional(), ...normalKeys }, ({ type, ...options }) =>
    nn.batchNorm(given(options)),
  ),
  groupNorm: define("groupNorm", { groups: count, ...normalKeys }, ({ type, groups, ...options }) =>
    nn.groupNorm(groups, given(options)),
  ),
  instanceNorm: define(
    "instanceNorm",
    { trackRunningStatistics: z.boolean().optional(), momentum: share.optional(), ...normalKeys },
    ({ type, ...options }) => nn.instanceNorm(given(options)),
  ),
  layerNorm: define("layerNorm", { axes: count.optional(), ...normalKeys }, ({ type, ...options }) =>
    nn.layerNorm(given(options)),
  ),
  channelNorm: define("channelNorm", normalKeys, ({ type, ...options }) => nn.channelNorm(given(options))),
  localResponseNorm: define(
    "localResponseNorm",
    {
      size: count,
      alpha: nonNegative.optional(),
      beta: nonNegative.optional(),
      k: nonNegative.optional(),
    },
    ({ type, size, ...options }) => nn.localResponseNorm(size, given(options)),
  ),
  localContrastNorm: define(
    "localContrastNorm",
    { size: count.optional(), deviation: positive.optional(), epsilon: positive.optional() },
    ({ type, size, ...options }) => nn.localContrastNorm(size, given(options)),
  ),
};
