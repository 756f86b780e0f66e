/** File formats: the namespace `io`. */
export { readSafetensors, type SafetensorsFile, writeSafetensors } from "./safetensors.js";
