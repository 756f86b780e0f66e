import type { View } from "../../state/view.svelte.js";

/** How much heat covers the image, from 0 to 1. */
export const opacityOf = (view: View): number => view.number("over", 60, 0, 100) / 100;
