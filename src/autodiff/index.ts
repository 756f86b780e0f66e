export {
  type Differentiable,
  type Gradients,
  type GradOptions,
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  stopGradient,
  valueAndGrad,
  vjp,
} from "./api.js";
export {
  type CheckGradientsOptions,
  checkGradients,
  type Evaluate,
  type GradientEntry,
  type GradientReport,
} from "./check.js";
