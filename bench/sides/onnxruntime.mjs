// ONNX Runtime. The script's argument says which: web (WebAssembly) or node (native).
import { onnxModel } from "../lib/onnx.mjs";
import { serve } from "../lib/serve.mjs";
import { readValues, sample } from "../lib/values.mjs";

const [kind] = process.argv.slice(2);

await serve(async ({ work, values: folder, threads }) => {
  const imported = await import(kind === "web" ? "onnxruntime-web" : "onnxruntime-node");
  const ort = imported.InferenceSession ? imported : imported.default;
  if (kind === "web") ort.env.wasm.numThreads = threads;
  const { floats } = readValues(folder);
  const { model, inputs } = onnxModel(work, floats);
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [kind === "web" ? "wasm" : "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const feeds = Object.fromEntries(
    inputs.map((name) => [name, new ort.Tensor("float32", floats(name).data, floats(name).shape)]),
  );
  const step = async () => (await session.run(feeds)).output.data;
  const first = await step();
  return { results: work.kind === "matmul" ? sample(first) : [...first], step };
});
