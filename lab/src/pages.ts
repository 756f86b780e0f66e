/** All pages, in the order of the navigation. Each is loaded when first opened. */
import type { Component } from "svelte";
import type { Lab } from "./state/lab.svelte.js";
import type { View } from "./state/view.svelte.js";

export interface PageProps {
  readonly lab: Lab;
  readonly view: View;
}

export interface Page {
  readonly id: string;
  readonly title: string;
  /** One line: what one can do there. */
  readonly purpose: string;
  /** Whether it looks at the network in training, and so shows the run bar. */
  readonly live: boolean;
  readonly load: () => Promise<{ default: Component<PageProps> }>;
}

export const pages: readonly Page[] = [
  {
    id: "train",
    title: "Train",
    purpose: "Train a network and watch every layer learn.",
    live: true,
    load: () => import("./pages/Train.svelte"),
  },
  {
    id: "lenses",
    title: "Lenses",
    purpose: "Look at the same live weights in every way.",
    live: true,
    load: () => import("./pages/Lenses.svelte"),
  },
  {
    id: "time",
    title: "Time travel",
    purpose: "Go back to any step, and try another future.",
    live: true,
    load: () => import("./pages/Time.svelte"),
  },
  {
    id: "numbers",
    title: "Numbers",
    purpose: "Click any number to see its arithmetic.",
    live: true,
    load: () => import("./pages/Numbers.svelte"),
  },
  {
    id: "doctor",
    title: "Doctor",
    purpose: "What is wrong with this training, and what would help.",
    live: true,
    load: () => import("./pages/Doctor.svelte"),
  },
  {
    id: "convolution",
    title: "Convolution",
    purpose: "Slide kernels over pictures, number by number.",
    live: false,
    load: () => import("./pages/Convolution.svelte"),
  },
  {
    id: "playgrounds",
    title: "Playgrounds",
    purpose: "Small problems that can be seen whole.",
    live: false,
    load: () => import("./pages/Playgrounds.svelte"),
  },
];
