/** All lenses, by the names with which pages ask for them. */
import { adversarial, adversarialSuccess } from "./adversarial.js";
import { answer } from "./answer.js";
import { arithmetic } from "./arithmetic.js";
import { classMap } from "./class-map.js";
import { digit } from "./digit.js";
import { embedding } from "./embedding.js";
import { evaluation } from "./evaluation.js";
import { examination } from "./examination.js";
import { featureMaps } from "./feature-maps.js";
import { effectiveField, receptiveField } from "./fields.js";
import { maximization } from "./maximization.js";
import { occluded } from "./occluded.js";
import { panels } from "./panels.js";
import { predictions } from "./predictions.js";
import { reconstruction } from "./reconstruction.js";
import { saliency } from "./saliency.js";
import { secondNetwork } from "./second-network.js";
import { contributions, space } from "./space.js";
import { tensorEntry } from "./tensor-entry.js";
import { testLabels } from "./test-labels.js";
import { topPatches } from "./top-patches.js";

export const lenses = {
  adversarial,
  adversarialSuccess,
  answer,
  arithmetic,
  classMap,
  contributions,
  digit,
  effectiveField,
  embedding,
  evaluation,
  examination,
  featureMaps,
  maximization,
  occluded,
  panels,
  predictions,
  receptiveField,
  reconstruction,
  saliency,
  secondNetwork,
  space,
  tensorEntry,
  testLabels,
  topPatches,
};

export type Lenses = typeof lenses;
export type LensName = keyof Lenses;
export type LensParameters<K extends LensName> = Parameters<Lenses[K]>[1];
export type LensResult<K extends LensName> = Awaited<ReturnType<Lenses[K]>>;
