// Adam (Kingma & Ba 2015, algorithm 1) with PyTorch's meaning of every setting: weight decay is added to the gradient,
// ε to the root of the corrected second moment.

import type { Parameter } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkSetting, Optimizer, type Slot } from "./optimizer.ts";

/** PyTorch's, with its defaults. */
export interface AdamOptions {
  /** 1e-3. */
  readonly learningRate?: number;
  /** Decay of the first and the second moment; 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** 1e-8. */
  readonly epsilon?: number;
  /** Multiple of the parameter that is added to its gradient; 0. */
  readonly weightDecay?: number;
}

/** p −= lr/(1 − β₁ᵗ) · m / (√(v/(1 − β₂ᵗ)) + ε), with m and v the running means of g and g². */
export class Adam extends Optimizer {
  readonly kind = "adam";
  #beta1: number;
  #beta2: number;
  #epsilon: number;
  #weightDecay: number;

  /** @throws ValueError for settings out of range */
  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    const { learningRate = 1e-3, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
    checkSetting("betas[0]", betas[0], 0, 1);
    checkSetting("betas[1]", betas[1], 0, 1);
    checkSetting("epsilon", epsilon, 0, Number.POSITIVE_INFINITY);
    checkSetting("weightDecay", weightDecay, 0, Number.POSITIVE_INFINITY);
    super(parameters, learningRate, ["exp_avg", "exp_avg_sq"]);
    [this.#beta1, this.#beta2] = betas;
    this.#epsilon = epsilon;
    this.#weightDecay = weightDecay;
  }

  protected override settings(): Record<string, number> {
    return { beta1: this.#beta1, beta2: this.#beta2, epsilon: this.#epsilon, weightDecay: this.#weightDecay };
  }

  protected override adopt(settings: Readonly<Record<string, number>>): void {
    this.#beta1 = settings.beta1!;
    this.#beta2 = settings.beta2!;
    this.#epsilon = settings.epsilon!;
    this.#weightDecay = settings.weightDecay!;
  }

  protected override update({ parameter, moments, steps }: Slot, gradient: Tensor): void {
    parameter.engine.kernels.adamStep(
      parameter.length,
      parameter.pointer,
      gradient.pointer,
      moments.exp_avg!.pointer,
      moments.exp_avg_sq!.pointer,
      this.learningRate,
      this.#beta1,
      this.#beta2,
      this.#epsilon,
      1 - power(this.#beta1, steps),
      1 - power(this.#beta2, steps),
      this.#weightDecay,
    );
  }
}

/** xⁿ by squaring: the host's `**` may differ in the last bit from one engine to another. */
function power(x: number, n: number): number {
  let result = 1;
  for (let factor = x, left = n; left > 0; left = Math.floor(left / 2), factor *= factor) {
    if (left % 2 === 1) result *= factor;
  }
  return result;
}
