import { brief } from "../state/format.js";
import { pixelOf, scaleFor } from "./colors.js";
import { coordinatesOf, type Values, type View } from "./view.js";

export interface Written {
  readonly values: Values;
  /** Rows and columns of one plane, or places of a list, that are shown; default: all of the first plane. */
  readonly window?: Window | undefined;
  /** Index of a number to be framed. */
  readonly framed?: number | undefined;
}

export interface Window {
  readonly plane: number;
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Of a cell, in the canvas's pixels, of which a screen of fine resolution shows two for each of its points. */
export const cell = { width: 88, height: 52 };

/** Numbers written into cells of their colours, where there is room to read them. */
export const written: View<Written> = ({ values, window, framed }, canvas) => {
  const rows = values.shape.length < 2 ? 1 : (values.shape.at(-2) as number);
  const columns = values.shape.at(-1) ?? 1;
  const { plane, top, left, height, width } = window ?? {
    plane: 0,
    top: 0,
    left: 0,
    height: rows,
    width: columns,
  };
  canvas.width = width * cell.width;
  canvas.height = height * cell.height;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.font = "26px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const scale = scaleFor(values.minimum, values.maximum);
  const indexOf = (row: number, column: number) => (plane * rows + top + row) * columns + left + column;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = values.data[indexOf(row, column)] as number;
      const color = pixelOf(value, scale);
      const [red, green, blue] = [color & 255, (color >> 8) & 255, (color >> 16) & 255] as const;
      context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
      context.fillRect(column * cell.width, row * cell.height, cell.width, cell.height);
      context.fillStyle = 0.3 * red + 0.59 * green + 0.11 * blue > 130 ? "#000" : "#fff";
      context.fillText(brief(value), (column + 0.5) * cell.width, (row + 0.5) * cell.height, cell.width - 6);
      if (indexOf(row, column) !== framed) continue;
      context.strokeStyle = "#ff9d2e";
      context.lineWidth = 6;
      context.strokeRect(column * cell.width + 3, row * cell.height + 3, cell.width - 6, cell.height - 6);
    }
  }
  return {
    at(x, y) {
      const [row, column] = [Math.floor(y / cell.height), Math.floor(x / cell.width)];
      if (row < 0 || column < 0 || row >= height || column >= width) return undefined;
      const index = indexOf(row, column);
      return { index, coordinates: coordinatesOf(index, values.shape), value: values.data[index] as number };
    },
    pixelOf(index) {
      const at = index - plane * rows * columns;
      return [((at % columns) - left) * cell.width, (Math.floor(at / columns) - top) * cell.height];
    },
  };
};

/** The window of so many rows and columns around a place, moved inside where it would reach over the border. */
export function around(shape: readonly number[], unit: readonly number[], side: number): Window {
  const extents = shape.length < 2 ? [1, shape[0] ?? 1] : shape.slice(-2);
  const at = shape.length < 2 ? [0, unit[0] ?? 0] : unit.slice(-2);
  const [rows, columns] = extents.map((extent) => Math.min(side, extent)) as [number, number];
  const start = (axis: number, length: number) =>
    Math.max(0, Math.min((extents[axis] as number) - length, (at[axis] as number) - Math.floor(length / 2)));
  return {
    plane: shape.length < 3 ? 0 : (unit[0] as number),
    top: start(0, rows),
    left: start(1, columns),
    height: rows,
    width: columns,
  };
}
