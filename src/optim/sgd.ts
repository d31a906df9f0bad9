// Stochastic gradient descent with momentum (Sutskever et al. 2013), in PyTorch's form: the rate multiplies the velocity
// when it is used, not when it is gathered.

import type { Parameter } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkSetting, Optimizer, type Slot } from "./optimizer.ts";

/** PyTorch's, with its defaults. */
export interface SGDOptions {
  /** 1e-3. */
  readonly learningRate?: number;
  /** 0: none. */
  readonly momentum?: number;
  /** Part of the gradient that is kept from the velocity, after the first step; 0. */
  readonly dampening?: number;
  /** Multiple of the parameter that is added to its gradient; 0. */
  readonly weightDecay?: number;
}

/** v = momentum · v + (1 − dampening) (g + weightDecay · p), in the first step g + weightDecay · p; p −= lr · v. */
export class SGD extends Optimizer {
  readonly kind = "sgd";
  #momentum: number;
  #dampening: number;
  #weightDecay: number;

  /** @throws ValueError for settings out of range */
  constructor(parameters: Iterable<Parameter>, options: SGDOptions = {}) {
    const { learningRate = 1e-3, momentum = 0, dampening = 0, weightDecay = 0 } = options;
    checkSetting("momentum", momentum, 0, Number.POSITIVE_INFINITY);
    checkSetting("dampening", dampening, 0, Number.POSITIVE_INFINITY);
    checkSetting("weightDecay", weightDecay, 0, Number.POSITIVE_INFINITY);
    super(parameters, learningRate, ["momentum_buffer"]);
    this.#momentum = momentum;
    this.#dampening = dampening;
    this.#weightDecay = weightDecay;
  }

  protected override settings(): Record<string, number> {
    return { momentum: this.#momentum, dampening: this.#dampening, weightDecay: this.#weightDecay };
  }

  protected override adopt(settings: Readonly<Record<string, number>>): void {
    this.#momentum = settings.momentum!;
    this.#dampening = settings.dampening!;
    this.#weightDecay = settings.weightDecay!;
  }

  protected override update({ parameter, moments, steps }: Slot, gradient: Tensor): void {
    parameter.engine.kernels.sgdStep(
      parameter.length,
      parameter.pointer,
      gradient.pointer,
      moments.momentum_buffer!.pointer,
      this.learningRate,
      this.#momentum,
      this.#dampening,
      this.#weightDecay,
      steps === 1 ? 1 : 0,
    );
  }
}
