/** All lenses of the page, in the order of its list. Each is loaded when it is first looked through. */
import type { Component } from "svelte";
import type { Lab } from "../../state/lab.svelte.js";
import type { View } from "../../state/view.svelte.js";
import type { Chosen } from "../../worker/lenses/chosen.js";

export interface LensProps {
  readonly lab: Lab;
  readonly view: View;
  /** The image that the page is about: another object only when another one is chosen. */
  readonly subject: Chosen;
}

export interface LensEntry {
  readonly id: string;
  readonly title: string;
  /** What it answers, in a line. */
  readonly purpose: string;
  readonly load: () => Promise<{ default: Component<LensProps> }>;
}

export const lenses: readonly LensEntry[] = [
  {
    id: "maps",
    title: "Feature maps",
    purpose: "What a layer makes of the image, and what of the image each unit sees.",
    load: () => import("./FeatureMaps.svelte"),
  },
  {
    id: "backwards",
    title: "Back to the pixels",
    purpose: "What makes a channel respond: its strongest patches, led back through the network.",
    load: () => import("./Backwards.svelte"),
  },
  {
    id: "saliency",
    title: "Saliency",
    purpose: "Which pixels change a class's score, by its gradient.",
    load: () => import("./Saliency.svelte"),
  },
  {
    id: "occlusion",
    title: "Occlusion",
    purpose: "How the probability falls when a part of the image is covered.",
    load: () => import("./Occlusion.svelte"),
  },
  {
    id: "cam",
    title: "Class activation map",
    purpose: "Where in the image a layer speaks for a class.",
    load: () => import("./ClassMap.svelte"),
  },
  {
    id: "dream",
    title: "Activation maximization",
    purpose: "An image, grown from noise, to which a channel or a class responds most.",
    load: () => import("./Maximization.svelte"),
  },
  {
    id: "adversarial",
    title: "Adversarial image",
    purpose: "A change too small to matter to people, made to mislead the network.",
    load: () => import("./Adversarial.svelte"),
  },
  {
    id: "embedding",
    title: "Embedding",
    purpose: "Where a layer puts the test images, in two dimensions.",
    load: () => import("./Embedding.svelte"),
  },
  {
    id: "space",
    title: "In space",
    purpose: "The network as a body: planes of activations, one behind the other.",
    load: () => import("./Space.svelte"),
  },
];
