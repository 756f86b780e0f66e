import type { Module } from "../nn/module.js";
import type { Shape } from "../shape/shape.js";
import { alexnet } from "./alexnet.js";
import { convnetjsCifar10, convnetjsMnist } from "./convnetjs.js";
import { googlenet } from "./googlenet.js";
import { lenet, lenet5 } from "./lenet.js";
import { type ResnetDepth, resnet } from "./resnet.js";
import { resnetCifar } from "./resnet-cifar.js";
import { type VggDepth, vgg } from "./vgg.js";

/** What every named network can be made with; most of them know more options. */
export interface NetworkOptions {
  /** Default: as published. */
  readonly classes?: number;
  /** Multiplies the numbers of channels and hidden units; default 1. The LeNets have only that. */
  readonly width?: number;
}

export interface NamedNetwork {
  /** As in recipes. */
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** Of one example, as published. */
  readonly inputShape: Shape;
  /** Number of trainable values, as published. */
  readonly parameters: number;
  /** How the number is stated: by the paper, often rounded, or by others; absent where nobody does. */
  readonly published?: string;
  make(options?: NetworkOptions): Module;
}

const imagenet = [3, 224, 224];
const cifar = [3, 32, 32];

const lenets: readonly NamedNetwork[] = [
  {
    name: "lenet5",
    title: "LeNet-5",
    source: "LeCun et al., 1998",
    inputShape: [1, 32, 32],
    parameters: 60_000,
    published: "60,000",
    make: (options) => {
      const classes = classesOf("lenet5", options);
      return lenet5({ output: classes === 10 ? "rbf" : "dense", classes });
    },
  },
  {
    name: "lenet",
    title: "LeNet-5 with today's layers",
    source: "after LeCun et al., 1998",
    inputShape: [1, 28, 28],
    parameters: 61_706,
    make: (options) => lenet({ classes: classesOf("lenet", options) }),
  },
];

function classesOf(name: string, { classes = 10, width = 1 }: NetworkOptions = {}): number {
  if (width !== 1) throw new RangeError(`${name}: width is ${width}, but this network has only width 1`);
  return classes;
}

const convnetjs: readonly NamedNetwork[] = [
  {
    name: "convnetjs-mnist",
    title: "ConvNetJS's net for MNIST",
    source: "Karpathy, 2014",
    inputShape: [1, 24, 24],
    parameters: 5_994,
    make: convnetjsMnist,
  },
  {
    name: "convnetjs-cifar10",
    title: "ConvNetJS's net for CIFAR-10",
    source: "Karpathy, 2014",
    inputShape: cifar,
    parameters: 22_466,
    make: convnetjsCifar10,
  },
];

const vggNetwork = (depth: VggDepth, parameters: number, published: string): NamedNetwork => ({
  name: `vgg${depth}`,
  title: `VGG-${depth}`,
  source: "Simonyan and Zisserman, 2014",
  inputShape: imagenet,
  parameters,
  published,
  make: (options) => vgg(depth, options),
});

const resnetNetwork = (depth: ResnetDepth, parameters: number): NamedNetwork => ({
  name: `resnet${depth}`,
  title: `ResNet-${depth}`,
  source: "He et al., 2015",
  inputShape: imagenet,
  parameters,
  published: `${parameters.toLocaleString("en")} (torchvision)`,
  make: (options) => resnet(depth, options),
});

const resnetCifarNetwork = (depth: number, parameters: number, published: string): NamedNetwork => ({
  name: `resnet${depth}`,
  title: `ResNet-${depth} for CIFAR`,
  source: "He et al., 2015",
  inputShape: cifar,
  parameters,
  published,
  make: (options) => resnetCifar(depth, options),
});

/** The named networks, oldest first. */
export const networks: readonly NamedNetwork[] = [
  ...lenets,
  {
    name: "alexnet",
    title: "AlexNet",
    source: "Krizhevsky et al., 2012",
    inputShape: imagenet,
    parameters: 60_965_224,
    published: "60 million",
    make: alexnet,
  },
  ...convnetjs,
  vggNetwork(11, 132_863_336, "133 million"),
  vggNetwork(13, 133_047_848, "133 million"),
  vggNetwork(16, 138_357_544, "138 million"),
  vggNetwork(19, 143_667_240, "144 million"),
  {
    name: "googlenet",
    title: "GoogLeNet",
    source: "Szegedy et al., 2014",
    inputShape: imagenet,
    parameters: 6_998_552,
    published: "6.8 million",
    make: googlenet,
  },
  resnetNetwork(18, 11_689_512),
  resnetNetwork(34, 21_797_672),
  resnetNetwork(50, 25_557_032),
  resnetNetwork(101, 44_549_160),
  resnetNetwork(152, 60_192_808),
  resnetCifarNetwork(20, 269_722, "0.27 million"),
  resnetCifarNetwork(56, 853_018, "0.85 million"),
];
