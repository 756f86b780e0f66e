/** Terms that lie in a window of an image, as they lie there. */
import type { inspect } from "gradus";

export interface Cell {
  readonly value: number;
  /** Where the number stands, if it is one of the network's. */
  readonly address?: inspect.Address;
  readonly mark?: inspect.Term["mark"];
  /** For those who listen. */
  readonly label: string;
}

/** Rows of cells; a hole where the window has no number. */
export type Grid = readonly (readonly (Cell | undefined)[])[];

/** What one plane of a convolution's input, or one filter of its output, adds to a number. */
export interface Patch {
  /** `channel 3`, going forward; `filter 3`, going back. */
  readonly name: string;
  readonly numbers: Grid;
  readonly kernel: Grid;
  readonly products: Grid;
  readonly sum: number;
}

/** Kernels that are larger in one direction are not drawn. */
const largest = 11;

interface Placed {
  readonly row: number;
  readonly column: number;
  readonly cell: Cell;
}

function gridOf(placed: readonly Placed[]): Grid {
  const [rows, columns] = [placed.map(({ row }) => row), placed.map(({ column }) => column)];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return Array.from({ length: Math.max(...rows) - top + 1 }, (_, y) =>
    Array.from(
      { length: Math.max(...columns) - left + 1 },
      (_, x) => placed.find(({ row, column }) => row === top + y && column === left + x)?.cell,
    ),
  );
}

/**
 * The patches of a number that is a sum of products with the cells of kernels of two dimensions, plane by plane; none for
 * other numbers.
 */
export function patchesOf({ combination, terms }: inspect.Arithmetic): Patch[] {
  if (combination !== "sum") return [];
  const groups = new Map<string, { term: inspect.Term; row: number; column: number }[]>();
  for (const term of terms) {
    const address = kernelOf(term);
    if (address === undefined) continue;
    const [filter, channel, row, column] = address.index as [number, number, number, number];
    const name = `${address.path} ${filter} ${channel}`;
    groups.set(name, [...(groups.get(name) ?? []), { term, row, column }]);
  }
  const all = [...groups.values()].flat();
  const most = Math.max(...all.map(({ row, column }) => Math.max(row, column)));
  // One number a plane makes a list, not a picture.
  if (all.length === 0 || most === 0 || most >= largest) return [];
  return [...groups.values()].map((group) => {
    const grid = (cell: (term: inspect.Term) => Cell) =>
      gridOf(group.map(({ term, row, column }) => ({ row, column, cell: cell(term) })));
    const factor = (which: number, { factors, label }: inspect.Term): Cell => {
      const { value, address } = factors[which] as inspect.Factor;
      return { ...where(address), value, label };
    };
    const marked = ({ mark }: inspect.Term) => (mark === undefined ? {} : { mark });
    return {
      name: (group[0]?.term.label ?? "").split(",")[0] as string,
      numbers: grid((term) => ({ ...factor(0, term), ...marked(term) })),
      kernel: grid((term) => ({ ...factor(1, term), label: `kernel, ${term.label}` })),
      products: grid(({ product, label }) => ({ value: product, label: `product, ${label}` })),
      sum: group.reduce((total, { term }) => total + term.product, 0),
    };
  });
}

/** Where the cell of a kernel stands with which the term is a product. */
export function kernelOf({ factors }: inspect.Term): inspect.Address | undefined {
  const address = factors[1]?.address;
  return address?.kind === "weight" && address.index.length === 4 ? address : undefined;
}

/** The window of a maximum, its winner marked; undefined for other numbers, and for windows too large to draw. */
export function windowOf({ combination, terms }: inspect.Arithmetic): Grid | undefined {
  if (combination !== "maximum" || terms.length === 0 || terms.length > largest ** 2) return undefined;
  const placed = terms.flatMap(({ label, factors, product, mark }): Placed[] => {
    const address = factors[0]?.address;
    if (address?.index.length !== 4) return [];
    const [, , row, column] = address.index as [number, number, number, number];
    return [
      { row, column, cell: { value: product, address, label, ...(mark === undefined ? {} : { mark }) } },
    ];
  });
  if (placed.length === 0) return undefined;
  const grid = gridOf(placed);
  return (grid[0]?.length ?? 0) <= largest ? grid : undefined;
}

const where = (address: inspect.Address | undefined) => (address === undefined ? {} : { address });

/** The least and the greatest of all numbers in grids. */
export function rangeOf(grids: readonly Grid[]): readonly [number, number] {
  const values = grids.flatMap((grid) => grid.flatMap((row) => row.flatMap((cell) => cell?.value ?? [])));
  return [Math.min(...values), Math.max(...values)];
}
