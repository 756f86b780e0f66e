/** The places of a square lattice, row by row from the top, as `[size^2, 2]` coordinates from -reach to reach. */
export function lattice(size: number, reach: number): Float32Array<ArrayBuffer> {
  const places = new Float32Array(2 * size * size);
  for (let i = 0; i < size * size; i++) {
    places[2 * i] = reach * (2 * ((i % size) / (size - 1)) - 1);
    places[2 * i + 1] = reach * (1 - 2 * (Math.floor(i / size) / (size - 1)));
  }
  return places;
}
