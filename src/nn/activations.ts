// Modules without parameters: nonlinearities.

import { quote, ValueError } from "../errors.ts";
import { compose } from "../ops/compose.ts";
import { so3Fft, so3Ifft } from "../ops/fourier.ts";
import { logSoftmax } from "../ops/log-softmax.ts";
import { rectify } from "../ops/rectify.ts";
import { relu } from "../ops/relu.ts";
import { softplus } from "../ops/softplus.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkEngine, checkInput } from "./checks.ts";
import { Module } from "./module.ts";

/** max(x, 0) */
export class ReLU extends Module {
  constructor(engine: Engine) {
    super(engine, "ReLU");
  }

  override forward(x: Tensor): Tensor {
    checkEngine(this, x);
    return relu(x);
  }
}

/**
 * max(x, 0) of a signal on SO(3), on a grid `oversampling` times as fine, and truncated to the bandwidth of the signal again.
 *
 * The rectified signal is not band-limited; what the grid does not resolve folds back into the lower degrees, and that is
 * where a network loses its equivariance. At bandwidth 10 twice the grid divides the error by twelve and takes eight times as long
 * (docs/experiments.md, `experiment equivariance --oversampling`).
 * @throws ValueError unless oversampling is from 1 to 16
 */
export class SO3ReLU extends Module {
  readonly oversampling: number;

  constructor(engine: Engine, options: { readonly oversampling: number }) {
    super(engine, "SO3ReLU");
    const oversampling: unknown = options?.oversampling;
    if (typeof oversampling !== "number" || !(oversampling >= 1 && oversampling <= 16)) {
      throw new ValueError(`SO3ReLU: oversampling must be a number from 1 to 16, got ${quote(oversampling)}`);
    }
    this.oversampling = oversampling;
  }

  override forward(x: Tensor): Tensor {
    const { layout } = x;
    const fits = layout.kind === "signal" && layout.domain === "so3";
    checkInput(this, x, fits, "a signal on so3");
    const { bandwidth } = layout as { readonly bandwidth: number };
    const grid = Math.ceil(this.oversampling * bandwidth);
    return compose([x], () => so3Ifft(rectify(so3Fft(x), grid, bandwidth)));
  }

  protected override options() {
    return { oversampling: this.oversampling };
  }
}

/** log(1 + eˣ) */
export class Softplus extends Module {
  constructor(engine: Engine) {
    super(engine, "Softplus");
  }

  override forward(x: Tensor): Tensor {
    checkEngine(this, x);
    return softplus(x);
  }
}

/** x − log Σ eˣ over the last axis of a dense tensor. */
export class LogSoftmax extends Module {
  constructor(engine: Engine) {
    super(engine, "LogSoftmax");
  }

  override forward(x: Tensor): Tensor {
    checkEngine(this, x);
    return logSoftmax(x);
  }
}
