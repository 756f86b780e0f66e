import { z } from "zod";
import { networks } from "../models/catalog.js";
import { object } from "./definition.js";
import { count, positive } from "./fields.js";
import { layer } from "./layers/index.js";
import { suggestion } from "./nearest.js";
import { optimizer } from "./optimizers.js";
import { schedule } from "./schedules.js";

const networkNames = networks.map(({ name }) => name);

/** A named network; its classes are those of the data set. */
const namedNetwork = object({
  name: z.enum(networkNames, {
    error: ({ input }) =>
      input === undefined
        ? undefined
        : `there is no network ${JSON.stringify(input)}${suggestion(String(input), networkNames)} (known: ${networkNames.join(", ")})`,
  }),
  /** Multiplies the numbers of its channels and hidden units. */
  width: positive.optional(),
});

/** The data sets that recipes can name. */
const datasetNames = ["digits", "mnist", "cifar10"] as const;
export type DatasetName = (typeof datasetNames)[number];

const file = z.string().min(1);

/** Labelled grey images of one's own, in IDX files, plain or gzip. */
const ownDataset = object({
  images: file,
  labels: file,
  testImages: file,
  testLabels: file,
  /** Height and width. */
  imageSize: z.tuple([count, count]).default([28, 28]),
  /** Their names in the order of the labels, or how many there are. */
  classes: z.union([z.int().min(2).max(256), z.array(z.string().min(1)).min(2).max(256)]).default(10),
});

export const recipeSchema = object({
  name: z.string().regex(/^[\w.-]+$/, "must consist of letters, digits, dots, dashes and underscores"),
  dataset: z.union([z.enum(datasetNames), ownDataset]),
  preprocessing: object({
    /** Pixels 0 ... 255 become `pixel * scale + offset`. */
    scale: z.number().default(1 / 255),
    offset: z.number().default(-0.5),
    /** Side of random square crops; the whole image when absent. */
    crop: count.optional(),
    /** Mirror half of the images left to right. */
    mirror: z.boolean().default(false),
    /** Move images by up to so many pixels in each direction, dark where they were not; instead of random crops. */
    shift: count.optional(),
    /** What the test averages over: the crop at the centre, or also those one pixel beside it, all around. */
    testCrops: z.enum(["centre", "neighbours"]).default("centre"),
  })
    .refine(({ crop, shift }) => crop === undefined || shift === undefined, {
      error: 'leave out "shift" or "crop": random crops move the images already',
    })
    .prefault({}),
  /** Share of the training set that is held out to validate. */
  validation: z.number().gt(0).lt(1).default(0.1),
  layers: z.array(layer).min(1).optional(),
  /** Instead of layers. */
  model: namedNetwork.optional(),
  optimizer,
  schedule: schedule.default({ type: "constant" }),
  /** Gradients longer than this are scaled down to it. */
  clipNorm: positive.optional(),
  batchSize: count,
  epochs: count,
  /** Ends when the validation loss has not improved for so many epochs, and goes back to the best weights. */
  earlyStopping: object({ patienceEpochs: count }).optional(),
  seed: z.int().min(0).default(1),
}).refine(({ layers, model }) => (layers === undefined) !== (model === undefined), {
  error: 'it needs either "layers" or a "model", the name of a network',
});

/** Everything that decides a run, all defaults filled in. */
export type Recipe = z.infer<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;
export type DatasetRecipe = Recipe["dataset"];
