import { z } from "zod";
import * as nn from "../../nn/index.js";
import { define, given } from "../definition.js";
import { count, positive } from "../fields.js";

/** Transfer functions. */
export const activations = {
  relu: define("relu", {}, () => nn.relu()),
  relu6: define("relu6", {}, () => nn.relu6()),
  leakyRelu: define("leakyRelu", { slope: z.number().optional() }, ({ slope }) => nn.leakyRelu(slope)),
  prelu: define(
    "prelu",
    { perChannel: z.boolean().optional(), initialSlope: z.number().optional() },
    ({ type, ...options }) => nn.prelu(given(options)),
  ),
  elu: define("elu", { alpha: positive.optional() }, ({ alpha }) => nn.elu(alpha)),
  selu: define("selu", {}, () => nn.selu()),
  gelu: define("gelu", { form: z.enum(["erf", "tanh"]).optional() }, ({ form }) => nn.gelu(form)),
  silu: define("silu", {}, () => nn.silu()),
  mish: define("mish", {}, () => nn.mish()),
  sigmoid: define("sigmoid", {}, () => nn.sigmoid()),
  logSigmoid: define("logSigmoid", {}, () => nn.logSigmoid()),
  hardSigmoid: define("hardSigmoid", {}, () => nn.hardSigmoid()),
  hardSwish: define("hardSwish", {}, () => nn.hardSwish()),
  softplus: define("softplus", {}, () => nn.softplus()),
  softsign: define("softsign", {}, () => nn.softsign()),
  tanh: define("tanh", {}, () => nn.tanh()),
  hardTanh: define("hardTanh", { low: z.number().optional(), high: z.number().optional() }, ({ low, high }) =>
    nn.hardTanh(low, high),
  ),
  step: define("step", {}, () => nn.step()),
  maxout: define("maxout", { pieces: count }, ({ pieces }) => nn.maxout(pieces)),
};
