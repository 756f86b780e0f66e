// Who Gradus is measured against, and what each of them can do. A work that is missing from `works` is one that the
// peer cannot do; README.md says why.

/**
 * @typedef {object} Peer
 * @property {string} title
 * @property {"node" | "python"} runs
 * @property {string} script in `sides/`
 * @property {readonly string[]} args
 * @property {string} package npm's name, or Debian's
 * @property {Record<string, { batch?: number }>} works those it can do; `batch` where it is too slow for the work's own
 */

/** @param {readonly string[]} names */
const full = (...names) => Object.fromEntries(names.map((name) => [name, {}]));

/** @type {Record<string, Peer>} */
export const peers = {
  convnetjs: {
    title: "ConvNetJS",
    runs: "node",
    script: "convnetjs.mjs",
    args: [],
    package: "convnetjs",
    works: full("convnetjs-mnist-train", "lenet-infer"),
  },
  "tfjs-cpu": {
    title: "TensorFlow.js, JavaScript",
    runs: "node",
    script: "tfjs.mjs",
    args: ["cpu"],
    package: "@tensorflow/tfjs",
    works: {
      "convnetjs-mnist-train": { batch: 4 },
      "lenet-train": { batch: 2 },
      ...full("mlp-train", "matmul-1024"),
      "lenet-infer": { batch: 8 },
      "resnet20-infer": { batch: 1 },
    },
  },
  "tfjs-wasm": {
    title: "TensorFlow.js, WebAssembly",
    runs: "node",
    script: "tfjs.mjs",
    args: ["wasm"],
    package: "@tensorflow/tfjs-backend-wasm",
    works: full("mlp-train", "lenet-infer", "resnet20-infer", "matmul-1024"),
  },
  "jax-js-wasm": {
    title: "jax-js, WebAssembly",
    runs: "node",
    script: "jax-js.mjs",
    args: [],
    package: "@jax-js/jax",
    works: {
      ...full("convnetjs-mnist-train", "mlp-train", "lenet-infer", "matmul-1024"),
      "lenet-train": { batch: 16 },
    },
  },
  "onnxruntime-web": {
    title: "ONNX Runtime, WebAssembly",
    runs: "node",
    script: "onnxruntime.mjs",
    args: ["web"],
    package: "onnxruntime-web",
    works: full("lenet-infer", "resnet20-infer", "matmul-1024"),
  },
  "onnxruntime-node": {
    title: "ONNX Runtime, native",
    runs: "node",
    script: "onnxruntime.mjs",
    args: ["node"],
    package: "onnxruntime-node",
    works: full("lenet-infer", "resnet20-infer", "matmul-1024"),
  },
  "pytorch-cpu": {
    title: "PyTorch, native",
    runs: "python",
    script: "pytorch.py",
    args: [],
    package: "python3-torch",
    works: full(
      "convnetjs-mnist-train",
      "lenet-train",
      "mlp-train",
      "resnet20-train",
      "lenet-infer",
      "resnet20-infer",
      "matmul-1024",
    ),
  },
};
