// Batch normalisation with PyTorch's names, defaults and running statistics. One class for each kind of input, which differ
// in what they accept alone.

import { quote, ValueError } from "../errors.ts";
import { batchNorm } from "../ops/batch-norm.ts";
import { compose } from "../ops/compose.ts";
import { so3Fft, so3Ifft } from "../ops/fourier.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkCount, checkInput } from "./checks.ts";
import { Module, type Parameter } from "./module.ts";

/** Of a batch normalisation: PyTorch's, with its defaults. */
export interface BatchNormSettings {
  readonly features: number;
  /** Added to the variance: 1e-5 by default. */
  readonly epsilon?: number;
  /** Share of a batch in the running statistics: 0.1 by default. */
  readonly momentum?: number;
  /** Whether there are a weight and a bias: true by default. */
  readonly affine?: boolean;
}

abstract class BatchNorm extends Module {
  /** `[features]`, ones at first. */
  readonly weight: Parameter | null = null;
  /** `[features]`, zeros at first. */
  readonly bias: Parameter | null = null;
  readonly runningMean: Float32Array | Float64Array;
  readonly runningVariance: Float32Array | Float64Array;
  readonly #batches: BigInt64Array;
  readonly #settings: Required<BatchNormSettings>;

  constructor(engine: Engine, type: string, settings: BatchNormSettings) {
    super(engine, type);
    const { features, epsilon = 1e-5, momentum = 0.1, affine = true } = settings ?? {};
    checkCount(type, "features", features);
    if (typeof epsilon !== "number" || !(epsilon > 0 && epsilon < 1)) {
      throw new ValueError(`${type}: epsilon must be between 0 and 1, got ${quote(epsilon)}`);
    }
    if (typeof momentum !== "number" || !(momentum >= 0 && momentum <= 1)) {
      throw new ValueError(`${type}: momentum must be from 0 to 1, got ${quote(momentum)}`);
    }
    if (typeof affine !== "boolean")
      throw new ValueError(`${type}: affine must be true or false, got ${quote(affine)}`);
    this.#settings = { features, epsilon, momentum, affine };
    if (affine) {
      this.weight = this.registerParameter("weight", new Float64Array(features).fill(1), [features]);
      this.bias = this.registerParameter("bias", new Float64Array(features), [features]);
    }
    const Numbers = engine.dtype === "f32" ? Float32Array : Float64Array;
    this.runningMean = this.registerBuffer("running_mean", new Numbers(features), engine.dtype, [features]);
    this.runningVariance = this.registerBuffer("running_var", new Numbers(features).fill(1), engine.dtype, [features]);
    this.#batches = this.registerBuffer("num_batches_tracked", new BigInt64Array(1), "i64", []);
  }

  /** Whether x is of the kind that this class normalises. */
  protected abstract accepts(x: Tensor): boolean;
  protected abstract readonly input: string;

  override forward(x: Tensor): Tensor {
    const { features } = this.#settings;
    checkInput(this, x, this.accepts(x) && x.shape[1] === features, `${this.input} with ${features} channels`);
    return this.normalize(x);
  }

  /** `x` normalised by the statistics of the batch or, in evaluation mode, by the running ones. */
  protected normalize(x: Tensor): Tensor {
    const { epsilon, momentum } = this.#settings;
    const y = batchNorm(x, {
      training: this.training,
      running: { mean: this.runningMean, variance: this.runningVariance },
      epsilon,
      momentum,
      ...(this.weight && { weight: this.weight }),
      ...(this.bias && { bias: this.bias }),
    });
    if (this.training) this.#batches[0]! += 1n;
    return y;
  }

  protected override options(): Record<string, unknown> {
    return { ...this.#settings };
  }
}

/** Over the columns of a dense tensor `[batch, features]`. */
export class BatchNorm1d extends BatchNorm {
  constructor(engine: Engine, settings: BatchNormSettings) {
    super(engine, "BatchNorm1d", settings);
  }

  protected override readonly input = "a dense tensor [batch, channels]";

  protected override accepts(x: Tensor): boolean {
    return x.layout.kind === "dense" && x.shape.length === 2;
  }
}

/** Over the features of signals on S², all points alike. */
export class BatchNorm2d extends BatchNorm {
  constructor(engine: Engine, settings: BatchNormSettings) {
    super(engine, "BatchNorm2d", settings);
  }

  protected override readonly input = "an s2 signal";

  protected override accepts(x: Tensor): boolean {
    return x.layout.kind === "signal" && x.layout.domain === "s2";
  }
}

/** Over the features of signals on SO(3), all points alike. */
export class BatchNorm3d extends BatchNorm {
  constructor(engine: Engine, settings: BatchNormSettings) {
    super(engine, "BatchNorm3d", settings);
  }

  protected override readonly input = "an so3 signal";

  protected override accepts(x: Tensor): boolean {
    return x.layout.kind === "signal" && x.layout.domain === "so3";
  }
}

/**
 * Over the features of signals on SO(3) with respect to the Haar measure, as their spectrum has it: no grid, so that the
 * statistics of a rotated signal are the same. Signals must be band-limited, as those that come from a convolution are; what
 * is not is lost.
 */
export class SO3BatchNorm extends BatchNorm {
  constructor(engine: Engine, settings: BatchNormSettings) {
    super(engine, "SO3BatchNorm", settings);
  }

  protected override readonly input = "an so3 signal or spectrum";

  protected override accepts(x: Tensor): boolean {
    return (x.layout.kind === "signal" || x.layout.kind === "spectrum") && x.layout.domain === "so3";
  }

  /** The same of a spectrum, or of a signal through its spectrum. */
  protected override normalize(x: Tensor): Tensor {
    if (x.layout.kind !== "signal") return super.normalize(x);
    const { bandwidth } = x.layout;
    const inputs = [x, this.weight, this.bias].filter((tensor) => tensor !== null);
    return compose(inputs, () => so3Ifft(super.normalize(so3Fft(x)), bandwidth));
  }
}
