import { requireCount } from "../nn/check.js";
import * as nn from "../nn/index.js";
import type { Tensor } from "../tensor/tensor.js";
import { Chain } from "./chain.js";
import { BasicBlock, projection } from "./resnet.js";
import { scaled } from "./width.js";

/** Every `stride`-th position, with new channels of zeros after those there are: a shortcut without parameters. */
class PaddedShortcut extends nn.Module {
  readonly kind = "paddedShortcut";
  readonly channels: number;
  readonly stride: number;

  constructor(channels: number, stride: number) {
    super();
    this.channels = channels;
    this.stride = stride;
  }

  protected override compute(x: Tensor): Tensor {
    const kept = x.slice([0, 0, 0, 0], x.shape, [1, 1, this.stride, this.stride]);
    const zeros = kept.shape.map((extent, axis) => [0, axis === 1 ? this.channels - extent : 0] as const);
    return kept.pad(zeros);
  }
}

export interface ResnetCifarOptions {
  /** Default 10. */
  readonly classes?: number;
  /** Multiplies the numbers of channels; default 1. */
  readonly width?: number;
  /** Where the shape changes: "A" (the default, the paper's for CIFAR) pads with zeros, "B" projects. */
  readonly shortcut?: "A" | "B";
  /** Lets each block start as its shortcut; see `resnet`. Default false. */
  readonly zeroInitResidual?: boolean;
}

/**
 * The thin ResNets for CIFAR, for inputs `[3, 32, 32]`: `depth` is `6 n + 2` (20, 32, 44, 56, 110), with `n` blocks in
 * each of three stages of 16, 32 and 64 channels.
 *
 * Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, section 4.2.
 */
export function resnetCifar(
  depth: number,
  { classes = 10, width = 1, shortcut = "A", zeroInitResidual = false }: ResnetCifarOptions = {},
) {
  const blocks = (requireCount(depth, "depth", "resnetCifar") - 2) / 6;
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(`resnetCifar: depth is ${depth}; it must be 6 n + 2: 8, 14, 20, ...`);
  }
  const change = shortcut === "A" ? (c: number, s: number) => new PaddedShortcut(c, s) : projection;
  const stage = (index: number) => {
    const channels = scaled(16 * 2 ** index, width);
    return nn.sequential(
      Array.from({ length: blocks }, (_, block) => {
        const stride = index > 0 && block === 0 ? 2 : 1;
        const downsample = stride > 1 ? change(channels, stride) : undefined;
        return new BasicBlock(channels, { stride, downsample, zeroInitResidual });
      }),
    );
  };
  return new Chain("resnetCifar", {
    conv1: nn.conv2d(scaled(16, width), 3, { padding: 1, bias: false }),
    bn1: nn.batchNorm(),
    relu: nn.relu(),
    layer1: stage(0),
    layer2: stage(1),
    layer3: stage(2),
    avgpool: nn.globalAveragePool(),
    fc: nn.dense(classes),
  });
}
