/** Random numbers from explicit seeds: the namespace `random`. */
export { Generator } from "./generator.js";
export { RandomStream, type RandomStreamState } from "./stream.js";
export { threefry2x32 } from "./threefry.js";
