import { z } from "zod";
import { networks } from "../models/catalog.js";
import { UserError } from "./errors.js";
import { suggestion } from "./nearest.js";

/** An object without other keys: unknown ones are refused with the known ones, the nearest first. */
function object<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const unknown = issue.keys.map((key) => `"${key}"`).join(", ");
      const hint = issue.keys.length === 1 ? suggestion(issue.keys[0] as string, known) : "";
      return `unknown key${issue.keys.length > 1 ? "s" : ""} ${unknown}${hint} (known: ${known.join(", ")})`;
    },
  });
}

const count = z.int().min(1);
const positive = z.number().positive();
const share = z.number().min(0).lt(1);
const pair = (entry: z.ZodInt) => z.union([entry, z.tuple([entry, entry])]);
const size = pair(count);
const padding = z.union([
  z.enum(["same", "valid"]),
  z.int().min(0),
  z.tuple([z.int().min(0), z.int().min(0)]),
]);
const initializer = z.enum(["heNormal", "heUniform", "xavierNormal", "xavierUniform"]);

const layerTypes = {
  conv2d: object({
    type: z.literal("conv2d"),
    filters: count,
    kernelSize: size,
    stride: size.optional(),
    padding: padding.optional(),
    dilation: size.optional(),
    groups: count.optional(),
    bias: z.boolean().optional(),
    initializer: initializer.optional(),
  }),
  maxPool2d: object({
    type: z.literal("maxPool2d"),
    window: size,
    stride: size.optional(),
    padding: padding.optional(),
  }),
  averagePool2d: object({
    type: z.literal("averagePool2d"),
    window: size,
    stride: size.optional(),
    padding: padding.optional(),
  }),
  globalAveragePool: object({ type: z.literal("globalAveragePool") }),
  flatten: object({ type: z.literal("flatten") }),
  dense: object({
    type: z.literal("dense"),
    units: count,
    bias: z.boolean().optional(),
    initializer: initializer.optional(),
  }),
  relu: object({ type: z.literal("relu") }),
  leakyRelu: object({ type: z.literal("leakyRelu"), slope: z.number().optional() }),
  elu: object({ type: z.literal("elu"), alpha: positive.optional() }),
  gelu: object({ type: z.literal("gelu") }),
  silu: object({ type: z.literal("silu") }),
  sigmoid: object({ type: z.literal("sigmoid") }),
  softplus: object({ type: z.literal("softplus") }),
  tanh: object({ type: z.literal("tanh") }),
  dropout: object({ type: z.literal("dropout"), rate: share }),
  batchNorm: object({
    type: z.literal("batchNorm"),
    momentum: share.optional(),
    epsilon: positive.optional(),
  }),
};

const rate = { learningRate: positive };
const decay = { weightDecay: z.number().min(0).optional() };

const optimizerTypes = {
  sgd: object({
    type: z.literal("sgd"),
    ...rate,
    momentum: share.optional(),
    nesterov: z.boolean().optional(),
    ...decay,
  }),
  adadelta: object({
    type: z.literal("adadelta"),
    learningRate: positive.optional(),
    rho: share.optional(),
    epsilon: positive.optional(),
    ...decay,
  }),
  adam: object({
    type: z.literal("adam"),
    ...rate,
    beta1: share.optional(),
    beta2: share.optional(),
    epsilon: positive.optional(),
    ...decay,
  }),
  adamw: object({
    type: z.literal("adamw"),
    ...rate,
    beta1: share.optional(),
    beta2: share.optional(),
    epsilon: positive.optional(),
    ...decay,
  }),
};

const scheduleTypes = {
  constant: object({ type: z.literal("constant") }),
  step: object({ type: z.literal("step"), everyEpochs: count, factor: z.number().gt(0).lt(1) }),
  cosine: object({ type: z.literal("cosine"), finalFactor: z.number().min(0).max(1).optional() }),
  plateau: object({ type: z.literal("plateau"), patienceEpochs: count, factor: z.number().gt(0).lt(1) }),
};

/** A union told apart by `type`, whose error lists the types there are. */
function oneOf<T extends Record<string, z.core.$ZodTypeDiscriminable>>(
  what: string,
  types: T,
  hints: Record<string, string> = {},
) {
  const names = Object.keys(types);
  const members = Object.values(types) as [T[keyof T], ...T[keyof T][]];
  return z.discriminatedUnion("type", members, {
    error: (issue) => {
      if (issue.code !== "invalid_union") return undefined;
      const { input } = issue;
      const type: unknown =
        typeof input === "object" && input !== null && "type" in input ? input.type : undefined;
      if (type === undefined) return `a ${what} needs a "type": ${names.join(", ")}`;
      const hint = hints[String(type)] ?? `${suggestion(String(type), names)} (known: ${names.join(", ")})`;
      return `there is no ${what} ${JSON.stringify(type)}${hint}`;
    },
  });
}

const layer = oneOf("layer", layerTypes, {
  softmax: "; the loss applies softmax to the last layer's output, so leave it out",
});

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
export const datasetNames = ["digits", "mnist"] as const;

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

const recipeSchema = object({
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
    /** What the test averages over: the crop at the centre, or also those one pixel beside it, all around. */
    testCrops: z.enum(["centre", "neighbours"]).default("centre"),
  }).prefault({}),
  /** Share of the training set that is held out to validate. */
  validation: z.number().gt(0).lt(1).default(0.1),
  layers: z.array(layer).min(1).optional(),
  /** Instead of layers. */
  model: namedNetwork.optional(),
  optimizer: oneOf("optimizer", optimizerTypes),
  schedule: oneOf("schedule", scheduleTypes).default({ type: "constant" }),
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
export type LayerRecipe = NonNullable<Recipe["layers"]>[number];
export type DatasetRecipe = Recipe["dataset"];

function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path)
    text += typeof key === "number" ? `[${key}]` : `${text === "" ? "" : "."}${String(key)}`;
  return text;
}

/**
 * Zod lumps the problems of all members of a union together. Where the value is of only one member's kind (the one
 * list or object among numbers and words), the problems of that member are meant, at their own places.
 */
function unfold(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const isOfAnotherKind = ({ code, path }: z.core.$ZodIssue) =>
    path.length === 0 && (code === "invalid_type" || code === "invalid_value");
  const [meant, ...others] = issue.errors.filter((problems) => !problems.some(isOfAnotherKind));
  if (meant === undefined || others.length > 0) return [issue];
  return meant.flatMap((inner) => unfold({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** Zod says "Invalid input: expected number, received string". Unions say only "Invalid input": say what would fit. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const message = issue.message.replace(/^Invalid (input|option): /, "");
  if (issue.code === "invalid_union" && message === "Invalid input") {
    const parts = issue.errors.flatMap((list) =>
      list.map((inner) =>
        inner.message.replace(/^Invalid (input|option): /, "").replace(/, received .*$/, ""),
      ),
    );
    return [...new Set(parts)].join(", or ") || message;
  }
  return message;
}

/** Whether a place holds nothing at all, rather than something wrong. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  const { code, input } = issue;
  return (
    input === undefined && (code === "invalid_type" || code === "invalid_value" || code === "invalid_union")
  );
}

function describeProblem(issue: z.core.$ZodIssue): string {
  const path = formatPath(issue.path);
  const { input } = issue;
  const place = path === "" ? "" : `${path}: `;
  // That a type is unknown or missing is said in full already.
  if (issue.code === "invalid_union" && issue.path.at(-1) === "type") return place + describeIssue(issue);
  if (isMissing(issue))
    return `${place}missing; ${describeIssue(issue).replace(/, received undefined$/, "")}`;
  const shown = typeof input === "number" ? String(input) : JSON.stringify(input);
  const given = input === null || typeof input === "object" ? "" : ` (it is ${shown})`;
  return `${place}${describeIssue(issue)}${given}`;
}

/**
 * Checks a recipe and fills in its defaults.
 * @param source names the file in errors
 * @throws UserError listing every problem with its place and what would fit
 */
export function parseRecipe(value: unknown, source: string): Recipe {
  const result = recipeSchema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(unfold).map(describeProblem);
  throw new UserError(
    problems.length === 1
      ? `recipe ${source}: ${problems[0]}`
      : `recipe ${source} has ${problems.length} problems:${problems.map((problem) => `\n  ${problem}`).join("")}`,
  );
}
