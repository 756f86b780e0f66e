/** The playgrounds, in the order of the tabs. Each is loaded when first opened. */
import type { Component } from "svelte";
import type { PageProps } from "../../pages.js";

interface GameTab {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly load: () => Promise<{ default: Component<PageProps> }>;
}

export const games: readonly GameTab[] = [
  {
    id: "classify",
    title: "Classification",
    purpose: "A network divides the plane between classes of points.",
    load: () => import("./Classify.svelte"),
  },
  {
    id: "regression",
    title: "Regression",
    purpose: "A network bends a curve to points.",
    load: () => import("./Regression.svelte"),
  },
  {
    id: "painting",
    title: "Painting",
    purpose: "A network paints a picture, colour by place.",
    load: () => import("./Painting.svelte"),
  },
  {
    id: "autoencoder",
    title: "Autoencoder",
    purpose: "A network lays out digits in a plane, without being told what they are.",
    load: () => import("./Autoencoder.svelte"),
  },
  {
    id: "race",
    title: "Optimizer race",
    purpose: "Optimizers from the same weights, over the same batches.",
    load: () => import("./Race.svelte"),
  },
  {
    id: "surfaces",
    title: "Optimizers on surfaces",
    purpose: "The ways of optimizers on a loss of two numbers.",
    load: () => import("./Surfaces.svelte"),
  },
];
