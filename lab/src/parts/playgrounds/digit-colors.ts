import { theme } from "../../state/theme.svelte.js";

/** Ten colours for the classes of digits, darker ones on white. Each digit is also written, for those who see few colours. */
const onLight = [
  "#0b66a8",
  "#b8500b",
  "#00785a",
  "#8f4a7a",
  "#7a6a00",
  "#4b4f58",
  "#c0267e",
  "#2a7f9e",
  "#6a3fb5",
  "#8a3b1f",
];
const onDark = [
  "#56b4e9",
  "#f0944d",
  "#35c49c",
  "#d98cbf",
  "#e4d34a",
  "#c3c6cd",
  "#ff7cc0",
  "#7fd4ee",
  "#b79bf5",
  "#e08a6a",
];

export const digitColors = (): readonly string[] => (theme.dark ? onDark : onLight);
