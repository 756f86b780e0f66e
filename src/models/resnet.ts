import * as nn from "../nn/index.js";
import type { Shape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Chain } from "./chain.js";
import { scaled } from "./width.js";

/** A normalization whose scales start at 0. */
class ZeroBatchNorm extends nn.BatchNorm {
  protected override createVariables(inputShape: Shape, context: nn.BuildContext): void {
    super.createVariables(inputShape, context);
    this.weight!.write(new Float32Array(this.weight!.size));
  }
}

export interface BlockOptions {
  readonly stride: number;
  /** What the shortcut does; undefined for the identity. */
  readonly downsample: nn.Module | undefined;
  /** Lets the last normalization of the block start at 0, so that the block starts as its shortcut. */
  readonly zeroInitResidual: boolean;
}

const convolution = (filters: number, kernelSize: number, stride = 1) =>
  nn.conv2d(filters, kernelSize, { stride, padding: (kernelSize - 1) / 2, bias: false });

/** Two 3x3 convolutions with a shortcut around them. */
export class BasicBlock extends nn.Module {
  readonly kind = "basicBlock";
  readonly conv1: nn.Conv;
  readonly bn1 = nn.batchNorm();
  readonly conv2: nn.Conv;
  readonly bn2: nn.BatchNorm;
  readonly downsample: nn.Module | undefined;

  constructor(channels: number, { stride, downsample, zeroInitResidual }: BlockOptions) {
    super();
    this.conv1 = convolution(channels, 3, stride);
    this.conv2 = convolution(channels, 3);
    this.bn2 = zeroInitResidual ? new ZeroBatchNorm() : nn.batchNorm();
    this.downsample = downsample;
  }

  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    let y = this.bn1.forward(this.conv1.forward(x, options), options).relu();
    y = this.bn2.forward(this.conv2.forward(y, options), options);
    return y.add(this.downsample?.forward(x, options) ?? x).relu();
  }
}

/** 1x1, 3x3 and 1x1 convolutions with a shortcut around them: the 3x3 one works on a quarter of the channels. */
class Bottleneck extends nn.Module {
  readonly kind = "bottleneck";
  readonly conv1: nn.Conv;
  readonly bn1 = nn.batchNorm();
  readonly conv2: nn.Conv;
  readonly bn2 = nn.batchNorm();
  readonly conv3: nn.Conv;
  readonly bn3: nn.BatchNorm;
  readonly downsample: nn.Module | undefined;

  constructor(channels: number, { stride, downsample, zeroInitResidual }: BlockOptions) {
    super();
    this.conv1 = convolution(channels, 1);
    this.conv2 = convolution(channels, 3, stride);
    this.conv3 = convolution(4 * channels, 1);
    this.bn3 = zeroInitResidual ? new ZeroBatchNorm() : nn.batchNorm();
    this.downsample = downsample;
  }

  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    let y = this.bn1.forward(this.conv1.forward(x, options), options).relu();
    y = this.bn2.forward(this.conv2.forward(y, options), options).relu();
    y = this.bn3.forward(this.conv3.forward(y, options), options);
    return y.add(this.downsample?.forward(x, options) ?? x).relu();
  }
}

/** A shortcut that changes channels and positions: a 1x1 convolution, normalized. */
export function projection(channels: number, stride: number): nn.Sequential {
  return nn.sequential([convolution(channels, 1, stride), nn.batchNorm()]);
}

/** Blocks of each stage, and whether they are bottlenecks: the columns of the paper's table 1. */
const depths = {
  18: { blocks: [2, 2, 2, 2], bottleneck: false },
  34: { blocks: [3, 4, 6, 3], bottleneck: false },
  50: { blocks: [3, 4, 6, 3], bottleneck: true },
  101: { blocks: [3, 4, 23, 3], bottleneck: true },
  152: { blocks: [3, 8, 36, 3], bottleneck: true },
} as const;

export type ResnetDepth = keyof typeof depths;

export interface ResnetOptions {
  /** Default 1000. */
  readonly classes?: number;
  /** Multiplies the numbers of channels; default 1. */
  readonly width?: number;
  /** Lets each block start as its shortcut (its last normalization's scales are 0), which eases the start; default false. */
  readonly zeroInitResidual?: boolean;
}

/**
 * ResNet with 18, 34, 50, 101 or 152 layers with weights, made for inputs `[3, 224, 224]`; any from `[3, 32, 32]` will do.
 *
 * Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, table 1, with projections where
 * the shape changes (option B). As in torchvision, whose names the variables have (`layer1.0.conv1.weight`), bottlenecks
 * take their stride in the 3x3 convolution; in the paper it is in the first.
 */
export function resnet(
  depth: ResnetDepth,
  { classes = 1000, width = 1, zeroInitResidual = false }: ResnetOptions = {},
) {
  const plan = depths[depth];
  if (plan === undefined) {
    throw new RangeError(`resnet: depth is ${depth}; it must be one of ${Object.keys(depths).join(", ")}`);
  }
  const Block = plan.bottleneck ? Bottleneck : BasicBlock;
  const expansion = plan.bottleneck ? 4 : 1;
  const stage = (index: number) => {
    const channels = scaled(64 * 2 ** index, width);
    return nn.sequential(
      Array.from({ length: plan.blocks[index]! }, (_, block) => {
        const stride = index > 0 && block === 0 ? 2 : 1;
        const changes = block === 0 && (stride > 1 || expansion > 1);
        const downsample = changes ? projection(expansion * channels, stride) : undefined;
        return new Block(channels, { stride, downsample, zeroInitResidual });
      }),
    );
  };
  return new Chain("resnet", {
    conv1: convolution(scaled(64, width), 7, 2),
    bn1: nn.batchNorm(),
    relu: nn.relu(),
    maxpool: nn.maxPool2d(3, { stride: 2, padding: 1 }),
    layer1: stage(0),
    layer2: stage(1),
    layer3: stage(2),
    layer4: stage(3),
    avgpool: nn.globalAveragePool(),
    fc: nn.dense(classes),
  });
}
