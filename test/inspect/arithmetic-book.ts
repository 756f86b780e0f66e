import { expect } from "vitest";
import { inspect, nn, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { type Shape, sizeOf } from "../../src/shape/shape.js";

export const stream = new RandomStream(11);
export const noise = (size: number) => Float32Array.from({ length: size }, () => stream.normal());

/** A built model with biases, slopes and running statistics that are not those of the beginning. */
export function built(layers: nn.Module | readonly nn.Module[], shape: Shape): nn.Module {
  const model = layers instanceof nn.Module ? layers : nn.sequential(layers);
  model.build(shape, { seed: 3 });
  for (const [path, variable] of model.variables()) {
    if (variable.dtype !== "float32" || variable.shape.length > 1) continue;
    const values = noise(variable.size);
    variable.write(path.endsWith("var") ? values.map((value) => 0.5 + value * value) : values);
  }
  return model;
}

export async function open(layers: nn.Module | readonly nn.Module[], shape: Shape, batch = 2) {
  const model = built(layers, shape);
  const classes = model.outputShape[0]!;
  const images = tensor(noise(batch * sizeOf(shape)), { shape: [batch, ...shape] });
  const labels = Array.from({ length: batch }, () => stream.integer(classes));
  const book = await inspect.arithmetic(model, images, tensor(labels, { dtype: "int32" }));
  return { model, book, images, labels };
}

const indexAt = (position: number, shape: Shape) =>
  shape.map((extent, axis) => Math.floor(position / sizeOf(shape.slice(axis + 1))) % extent);

export const nameOf = ({ kind, path, index }: inspect.Address) => `${kind} "${path}" [${index.join(", ")}]`;

/** Every address of a book, or of each tensor some that are drawn by lot. */
export function addresses(book: inspect.ArithmeticBook, most = 10): inspect.Address[] {
  return book.tensors.flatMap(({ kind, path, shape }) => {
    const size = sizeOf(shape);
    return Array.from({ length: Math.min(size, most) }, (_, i) => {
      const position = size <= most ? i : stream.integer(size);
      return { kind, path, index: indexAt(position, shape) };
    });
  });
}

/** That the terms give the value, and that each number with an address is the one that stands there. */
export function check(book: inspect.ArithmeticBook, address: inspect.Address): inspect.Arithmetic {
  const found = book.explain(address);
  const { combination, terms, value, result } = found;
  const claim = (holds: boolean, what: string) => {
    if (!holds) expect.fail(`${nameOf(address)} ${what}: ${JSON.stringify(found)}`);
  };
  claim(value === book.value(address), "has another value");
  for (const { factors, product } of terms) {
    claim(factors.reduce((all, factor) => all * factor.value, 1) === product, "has a wrong product");
    const parts = factors.flatMap((factor) => [factor, ...(factor.of ?? [])]);
    for (const part of parts)
      claim(!part.address || part.value === book.value(part.address), "has a wrong factor");
  }
  // Kept apart from the rules, which give the result as well.
  const sum = terms.reduce((all, { product }) => all + product, 0);
  const chosen = terms.find(({ mark }) => mark === "chosen")?.product ?? Number.NaN;
  const sizes = terms.reduce((all, { product }) => all + Math.abs(product), 0);
  const made = {
    sum,
    maximum: chosen,
    share: chosen / sum,
    function: result,
    given: value,
    composite: value,
  }[combination];
  claim(Math.abs(result - made) <= 1e-12 * Math.max(1, sizes), "combines its terms to something else");
  const scale = combination === "share" ? 1 : Math.max(sizes, Math.abs(made));
  claim(Math.abs(result - value) <= 1e-5 * scale + 1e-8, "is not what its terms give");
  return found;
}
