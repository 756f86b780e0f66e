import type { data, nn } from "gradus";
import type { DataFacts, LayerFacts } from "./protocol.js";

/** The images of a training: those it learns from, those held out of them, and those of the test. */
export interface Sets {
  readonly train: data.LabelledImages;
  readonly validation: data.LabelledImages;
  readonly test: data.LabelledImages;
}

export function dataFactsOf({ train, validation, test }: Sets): DataFacts {
  const { name, classes, channels, height, width, count } = train;
  return {
    name,
    classes,
    channels,
    height,
    width,
    train: count,
    validation: validation.count,
    test: test.count,
  };
}

/** The rows of a built network's table of layers. */
export function layerFactsOf(model: nn.Module): LayerFacts[] {
  const variables = [...model.variables()];
  const isOwn = (path: string, layer: string) =>
    path.startsWith(`${layer}.`) && !path.slice(layer.length + 1).includes(".");
  return model.describe().map((layer) => ({
    path: layer.path,
    kind: layer.kind,
    inputShape: layer.inputShape,
    outputShape: layer.outputShape,
    parameters: layer.parameters,
    multiplyAdds: layer.multiplyAdds,
    receptiveField: layer.receptiveField?.size,
    window: layer.window && { kernel: layer.window.kernel, stride: layer.window.strides },
    variables: variables
      .filter(([path]) => isOwn(path, layer.path))
      .map(([path, { shape }]) => ({ path, shape })),
  }));
}
