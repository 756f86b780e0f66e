import { z } from "zod";
import * as optim from "../optim/index.js";
import { define, oneOf } from "./definition.js";
import { count } from "./fields.js";

/** What a schedule must know of the training. */
interface Span {
  /** The learning rate at the start. */
  readonly rate: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** By the number of steps done, or by the validation loss. */
type Made = optim.Schedule | optim.Plateau;

const falling = z.number().gt(0).lt(1);

const types = {
  constant: define("constant", {}, (_, { rate }: Span): Made => optim.schedules.constant(rate)),
  step: define(
    "step",
    { everyEpochs: count, factor: falling },
    ({ everyEpochs, factor }, { rate, stepsPerEpoch }: Span): Made =>
      optim.schedules.stepDecay({ rate, every: everyEpochs * stepsPerEpoch, factor }),
  ),
  cosine: define(
    "cosine",
    { finalFactor: z.number().min(0).max(1).optional() },
    ({ finalFactor = 0 }, { rate, epochs, stepsPerEpoch }: Span): Made =>
      optim.schedules.cosine({ rate, steps: epochs * stepsPerEpoch, minimum: rate * finalFactor }),
  ),
  plateau: define(
    "plateau",
    { patienceEpochs: count, factor: falling },
    ({ patienceEpochs, factor }, { rate }: Span): Made =>
      optim.plateau({ rate, patience: patienceEpochs, factor }),
  ),
};

export const schedule = oneOf("schedule", types);

type ScheduleRecipe = z.output<typeof schedule>;

const makers: {
  readonly [T in ScheduleRecipe["type"]]: {
    readonly make: (written: Extract<ScheduleRecipe, { type: T }>, span: Span) => Made;
  };
} = types;

export function makeSchedule<T extends ScheduleRecipe["type"]>(
  written: Extract<ScheduleRecipe, { type: T }>,
  span: Span,
): Made {
  const { make } = makers[written.type as T];
  return make(written, span);
}
