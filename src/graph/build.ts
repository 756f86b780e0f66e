import { ShapeError } from "../shape/shape.js";
import { type OpDefinition, ops } from "./ops.js";
import { currentOrigin } from "./origin.js";
import type { InputSlot, Node, NodeOf, OpAttributes, OpName, TensorType, VariableCell } from "./types.js";

let nextId = 1;

/**
 * Interned nodes by key. Values are weak so that graphs that nobody holds any more can be collected; the registry
 * then removes their keys.
 */
const interned = new Map<string, WeakRef<Node>>();
const forgotten = new FinalizationRegistry<string>((key) => {
  if (interned.get(key)?.deref() === undefined) interned.delete(key);
});

/**
 * Inputs and variables, by their slot or cell. They are kept apart because a weak reference keeps its target alive until the
 * current job ends: a training loop that never leaves its microtasks would pile up the arrays of all its batches.
 */
const leaves = new WeakMap<InputSlot | VariableCell, Node>();

/** How many nodes are interned at the moment, those included that are about to be forgotten. */
export function internedCount(): number {
  return interned.size;
}

/** A text that is equal exactly for equal attributes. Slots and cells count by identity. */
export function attributesKey<K extends OpName>(op: K, attributes: OpAttributes[K]): string {
  if (op === "input") return String((attributes as OpAttributes["input"]).slot.id);
  if (op === "variable") return String((attributes as OpAttributes["variable"]).cell.id);
  if (op === "constant") {
    const { value, shape, dtype } = attributes as OpAttributes["constant"];
    // JSON has no NaN, infinities or negative zero.
    return `${Object.is(value, -0) ? "-0" : value}:${shape}:${dtype}`;
  }
  if (op === "scan") {
    const { length, sequences, reverse, next, result } = attributes as OpAttributes["scan"];
    const which = result.kind === "stack" ? result.value.id : result.carry;
    return `${length},${sequences},${reverse}:${next.map(({ id }) => id)}:${result.kind} ${which}`;
  }
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
      ? Object.is(value, -0)
        ? "-0"
        : String(value)
      : value,
  );
}

/**
 * Makes the node, or returns the equal one made before. Checks the operands' shapes and dtypes.
 * @throws ShapeError naming the operation, the layer path and the shapes.
 */
export function node<K extends OpName>(
  op: K,
  inputs: readonly Node[],
  attributes: OpAttributes[K],
): NodeOf<K> {
  const identity = identityOf(op, attributes);
  if (identity !== undefined) {
    const leaf = leaves.get(identity) ?? (make(op, inputs, attributes) as Node);
    leaves.set(identity, leaf);
    return leaf as NodeOf<K>;
  }
  const key = `${op}(${inputs.map((input) => input.id).join(",")})${attributesKey(op, attributes)}`;
  const known = interned.get(key)?.deref();
  if (known !== undefined) return known as NodeOf<K>;
  const made = make(op, inputs, attributes);
  interned.set(key, new WeakRef(made as Node));
  forgotten.register(made, key);
  return made;
}

/** What alone makes a leaf equal to another: its slot or cell. */
function identityOf<K extends OpName>(
  op: K,
  attributes: OpAttributes[K],
): InputSlot | VariableCell | undefined {
  if (op === "input") return (attributes as OpAttributes["input"]).slot;
  return op === "variable" ? (attributes as OpAttributes["variable"]).cell : undefined;
}

function make<K extends OpName>(op: K, inputs: readonly Node[], attributes: OpAttributes[K]): NodeOf<K> {
  const type = inferType(op, inputs, attributes);
  return Object.freeze({
    id: nextId++,
    op,
    inputs: Object.freeze([...inputs]),
    attributes: Object.freeze(attributes),
    shape: Object.freeze([...type.shape]),
    dtype: type.dtype,
    origin: currentOrigin(),
  }) as NodeOf<K>;
}

/** The result type of an operation on operands of the given types. */
export function inferType<K extends OpName>(
  op: K,
  inputs: readonly TensorType[],
  attributes: OpAttributes[K],
): TensorType {
  const definition: OpDefinition<K> = ops[op];
  try {
    if (definition.arity === "many" ? inputs.length === 0 : inputs.length !== definition.arity) {
      throw new ShapeError(`${op}: takes ${definition.arity} operands, got ${inputs.length}`);
    }
    return definition.infer(inputs, attributes, op);
  } catch (error) {
    const { layer } = currentOrigin();
    if (error instanceof ShapeError && layer) throw new ShapeError(`layer ${layer}: ${error.message}`);
    throw error;
  }
}

let nextSlot = 1;

/** A new place from which programs read: an argument, or the user's array when `data` is given. */
export function inputSlot(name: string, type: TensorType, data?: InputSlot["data"]): InputSlot {
  const { shape, dtype } = type;
  return Object.freeze({
    id: nextSlot++,
    name,
    shape: Object.freeze([...shape]),
    dtype,
    ...(data ? { data } : {}),
  });
}

let nextCell = 1;

/** A new variable's identity. */
export function variableCell(name: string, type: TensorType): VariableCell {
  return Object.freeze({ id: nextCell++, name, shape: Object.freeze([...type.shape]), dtype: type.dtype });
}
