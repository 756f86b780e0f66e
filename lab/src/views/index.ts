/** All views: each is one file that draws one kind of picture. */
export { histogram } from "./histogram.js";
export { overlay } from "./overlay.js";
export { planes } from "./planes.js";
export { written } from "./written.js";
