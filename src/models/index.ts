/** Named networks: the namespace `models`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export { type AlexnetOptions, alexnet } from "./alexnet.js";
export { type NamedNetwork, type NetworkOptions, networks } from "./catalog.js";
export type { Chain } from "./chain.js";
export { type ConvnetjsOptions, convnetjsCifar10, convnetjsMnist } from "./convnetjs.js";
export { Googlenet, type GooglenetOptions, googlenet } from "./googlenet.js";
export { type Lenet5Options, type LenetOptions, lenet, lenet5, lenetConnections } from "./lenet.js";
export { type ResnetDepth, type ResnetOptions, resnet } from "./resnet.js";
export { type ResnetCifarOptions, resnetCifar } from "./resnet-cifar.js";
export { type VggDepth, type VggOptions, vgg } from "./vgg.js";
