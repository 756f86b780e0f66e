/** Random numbers from explicit seeds: the namespace `random`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export { Generator } from "./generator.js";
export { RandomStream, type RandomStreamState } from "./stream.js";
export { threefry2x32 } from "./threefry.js";
