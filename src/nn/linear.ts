// The linear layer, with PyTorch's names and initialisation.

import { linear } from "../ops/linear.ts";
import type { Random } from "../random.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkCount, checkEngine, checkParameterSize, checkRandom } from "./checks.ts";
import { Module, type Parameter } from "./module.ts";

/** Features on both sides of a linear layer, and what draws its weights. */
export interface LinearOptions {
  readonly featuresIn: number;
  readonly featuresOut: number;
  /** Whether there is a bias: true by default. */
  readonly bias?: boolean;
  /** Draws the initial weights. */
  readonly rng: Random;
}

/**
 * y = x Wᵀ + b on the last axis of a dense tensor. W and b are drawn from U(−1/√featuresIn, 1/√featuresIn).
 * @throws ValueError for features out of range
 */
export class Linear extends Module {
  /** `[featuresOut, featuresIn]` */
  readonly weight: Parameter;
  /** `[featuresOut]` */
  readonly bias: Parameter | null;

  constructor(engine: Engine, { featuresIn, featuresOut, bias = true, rng }: LinearOptions) {
    super(engine, "Linear");
    checkCount("Linear", "featuresIn", featuresIn);
    checkCount("Linear", "featuresOut", featuresOut);
    checkParameterSize("Linear", [featuresOut, featuresIn]);
    checkRandom("Linear", rng);
    const bound = 1 / Math.sqrt(featuresIn);
    const draw = (count: number) => Float64Array.from({ length: count }, () => rng.uniform(-bound, bound));
    this.weight = this.registerParameter("weight", draw(featuresOut * featuresIn), [featuresOut, featuresIn]);
    this.bias = bias ? this.registerParameter("bias", draw(featuresOut), [featuresOut]) : null;
  }

  override forward(x: Tensor): Tensor {
    checkEngine(this, x);
    return linear(x, this.weight, this.bias ?? undefined);
  }

  protected override options(): Record<string, unknown> {
    const [featuresOut, featuresIn] = this.weight.shape;
    return { featuresIn, featuresOut, bias: this.bias !== null };
  }
}
