import type { LabelledImages } from "../../src/data/labelled-images.js";
import * as nn from "../../src/nn/index.js";
import { RandomStream } from "../../src/random/stream.js";
import type { TrainEvent } from "../../src/train/events.js";
import { type TrainOptions, train } from "../../src/train/loop.js";

const side = 8;

/** Images of 8 x 8 with a bright bar in one of four places, and noise: easy to learn. */
export function bars(count: number, seed = 1): LabelledImages {
  const stream = new RandomStream(seed);
  const pixels = new Uint8Array(count * side * side);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = stream.integer(4);
    labels[i] = label;
    for (let p = 0; p < side * side; p++) {
      const bar = Math.floor(p / side / 2) === label;
      pixels[i * side * side + p] = (bar ? 130 : 0) + stream.integer(126);
    }
  }
  return {
    name: "bars",
    pixels,
    labels,
    count,
    channels: 1,
    height: side,
    width: side,
    classes: ["a", "b", "c", "d"],
  };
}

/** A small network for them; dropout and batch normalization have state besides the parameters. */
export function network(seed = 1, input = side): nn.Sequential {
  const model = nn.sequential([
    nn.conv2d(3, 3),
    nn.batchNorm(),
    nn.relu(),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.dropout(0.2),
    nn.dense(4),
  ]);
  model.build([1, input, input], { seed });
  return model;
}

export async function collect(options: TrainOptions): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}

export function eventsOf<K extends TrainEvent["event"]>(events: readonly TrainEvent[], kind: K) {
  return events.filter((event): event is Extract<TrainEvent, { event: K }> => event.event === kind);
}
