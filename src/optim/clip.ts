import { requireAbove } from "./check.js";
import { stateless, type Transformation } from "./transformation.js";

/**
 * Scales all gradients together so that their common Euclidean norm is at most `maximum`:
 * `g * min(1, maximum / (norm + 1e-6))`. A gradient that holds NaN or infinity stays visible as NaN.
 *
 * Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1.
 */
export function clipByNorm(maximum: number): Transformation {
  requireAbove(maximum, 0, "maximum", "clipByNorm");
  return {
    slots: {},
    update(gradients) {
      const squares = gradients.map((gradient) => gradient.square().sum());
      const norm = squares.reduce((total, square) => total.add(square)).sqrt();
      const scale = norm.add(1e-6).reciprocal().multiply(maximum).minimum(1);
      return { directions: gradients.map((gradient) => gradient.multiply(scale)), slots: {} };
    },
  };
}

/** Cuts each gradient to `-maximum .. maximum`; NaN stays NaN. */
export function clipByValue(maximum: number): Transformation {
  requireAbove(maximum, 0, "maximum", "clipByValue");
  return stateless((gradient) => gradient.clip(-maximum, maximum));
}
