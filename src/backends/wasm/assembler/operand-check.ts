/**
 * The type check of emitted code, for tests: it follows the operand stack and the control frames while
 * instructions are emitted, so that a mistake is reported at the emitting call and not by the engine with a byte
 * offset. Source: WebAssembly Core Specification 2.0, appendix "Validation Algorithm".
 */
import type { ValueType } from "./encoding.js";

/** `unknown` stands for any type: it is popped in code that cannot be reached. */
type Operand = ValueType | "unknown";

interface Frame {
  readonly kind: string;
  /** What a branch to this frame needs. */
  readonly labelTypes: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly height: number;
  unreachable: boolean;
}

const LETTER: { readonly [letter: string]: ValueType } = {
  i: "i32",
  I: "i64",
  f: "f32",
  F: "f64",
  v: "v128",
};

/** The types popped and pushed, from the signature of an instruction's row. */
export function typesOf(signature: string): { params: ValueType[]; results: ValueType[] } {
  const [params, results] = signature.split(":").map((letters) =>
    Array.from(letters, (letter) => {
      const type = LETTER[letter];
      if (type === undefined) throw new Error(`unknown type letter "${letter}" in the opcode table`);
      return type;
    }),
  );
  if (!params || !results) throw new Error(`"${signature}" in the opcode table is not popped:pushed`);
  return { params, results };
}

const list = (types: readonly Operand[]) => `[${types.join(" ")}]`;

export class OperandCheck {
  readonly #functionName: string;
  readonly #stack: Operand[] = [];
  readonly #frames: Frame[] = [];

  constructor(functionName: string, results: readonly ValueType[]) {
    this.#functionName = functionName;
    this.enter("function", results, results);
  }

  #fail(instruction: string, needed: readonly Operand[]): never {
    const held = this.#stack.slice(this.#frame().height);
    throw new Error(
      `${instruction} in function "${this.#functionName}" needs ${list(needed)} on top of the operand stack, ` +
        `which holds ${list(held)} (top last) in this ${this.#frame().kind}`,
    );
  }

  #frame(): Frame {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame === undefined) throw new Error(`function "${this.#functionName}" has already ended`);
    return frame;
  }

  /** Pops `types` (deepest first) or throws. */
  pop(instruction: string, types: readonly ValueType[]): void {
    const frame = this.#frame();
    const held = this.#stack.length - frame.height;
    for (let fromTop = 1; fromTop <= types.length; fromTop++) {
      const wanted = types[types.length - fromTop];
      if (fromTop > held) {
        if (!frame.unreachable) this.#fail(instruction, types);
        continue;
      }
      const found = this.#stack[this.#stack.length - fromTop];
      if (found !== wanted && found !== "unknown") this.#fail(instruction, types);
    }
    this.#stack.length -= Math.min(held, types.length);
  }

  /** An instruction of the tables. */
  apply(instruction: string, signature: string): void {
    const { params, results } = typesOf(signature);
    this.pop(instruction, params);
    this.push(results);
  }

  /** Pops one operand of any type. */
  popAny(instruction: string): Operand {
    const frame = this.#frame();
    if (this.#stack.length === frame.height) {
      if (frame.unreachable) return "unknown";
      throw new Error(
        `${instruction} in function "${this.#functionName}" needs an operand, but the stack is empty`,
      );
    }
    return this.#stack.pop() ?? "unknown";
  }

  push(types: readonly Operand[]): void {
    for (const type of types) this.#stack.push(type);
  }

  /** `select`: two operands of one type below an i32. */
  select(): void {
    this.pop("select", ["i32"]);
    const second = this.popAny("select");
    const first = this.popAny("select");
    if (first !== second && first !== "unknown" && second !== "unknown") {
      this.push([first, second]);
      this.#fail("select", [first, first]);
    }
    this.push([first === "unknown" ? second : first]);
  }

  /** The rest of the frame cannot be reached. */
  setUnreachable(): void {
    const frame = this.#frame();
    this.#stack.length = frame.height;
    frame.unreachable = true;
  }

  enter(kind: string, labelTypes: readonly ValueType[], results: readonly ValueType[]): void {
    this.#frames.push({ kind, labelTypes, results, height: this.#stack.length, unreachable: false });
  }

  /** Ends the innermost frame: exactly its results must be on the stack. They are not pushed for the outer frame. */
  #leave(): Frame {
    const frame = this.#frame();
    this.pop(`the end of the ${frame.kind}`, frame.results);
    if (this.#stack.length !== frame.height) {
      throw new Error(
        `the ${frame.kind} that ends in function "${this.#functionName}" leaves ` +
          `${list(this.#stack.slice(frame.height))} on the operand stack beyond its results ${list(frame.results)}`,
      );
    }
    this.#frames.pop();
    return frame;
  }

  leave(): void {
    const frame = this.#leave();
    if (this.#frames.length > 0) this.push(frame.results);
  }

  /** From the first to the second arm of an `if`. */
  switchArm(): void {
    const frame = this.#leave();
    this.enter("else", frame.labelTypes, frame.results);
  }

  /** Checks a branch to the frame `depth` levels out; the label's operands stay on the stack. */
  branch(instruction: string, depth: number): void {
    const frame = this.#frames[this.#frames.length - 1 - depth];
    if (frame === undefined)
      throw new Error(`${instruction} in function "${this.#functionName}" leaves the function`);
    this.pop(instruction, frame.labelTypes);
    this.push(frame.labelTypes);
  }
}
