import { readFileSync } from "node:fs";
import { nn, type Tensor, tensor } from "../../src/index.js";

export interface Unit {
  readonly path?: string;
  readonly channel?: number;
  readonly position?: readonly number[];
}

export interface AttributionFixture {
  readonly parameters: { readonly [path: string]: number[] };
  readonly images: number[];
  readonly units: readonly {
    readonly unit: Unit;
    readonly saliency: number[];
    readonly guidedBackprop: number[];
    readonly deconvnet: number[];
  }[];
  readonly maps: readonly {
    readonly of: number;
    readonly path: string;
    readonly gradCam: number[];
    readonly upsampled: number[];
    readonly cam: number[];
  }[];
}

/** A shortcut around a convolution, with a ReLU that is no layer. */
class Block extends nn.Module {
  readonly kind = "block";
  readonly conv: nn.Conv;

  constructor(channels: number) {
    super();
    this.conv = nn.conv2d(channels, 3, { padding: 1 });
  }

  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    return this.conv.forward(x, options).add(x).relu();
  }
}

export const fixture: AttributionFixture = JSON.parse(
  readFileSync(new URL("../fixtures/attribution.json", import.meta.url), "utf8"),
);

/** The network of the fixture. Its layers 6 to 8 are global average pooling, flattening and a dense layer. */
export function fixtureModel(): nn.Module {
  const model = nn.sequential([
    nn.conv2d(4, 3, { padding: 1 }),
    nn.relu(),
    nn.maxPool2d(2),
    new Block(4),
    nn.conv2d(5, 3),
    nn.relu(),
    nn.globalAveragePool(),
    nn.flatten(),
    nn.dense(3),
  ]);
  model.build([2, 12, 12]);
  for (const [path, variable] of model.variables()) variable.write(fixture.parameters[path]!);
  return model;
}

export const fixtureImages = tensor(fixture.images, { shape: [2, 2, 12, 12] });
