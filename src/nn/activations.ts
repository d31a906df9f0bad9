// Modules without parameters: nonlinearities.

import { quote, ValueError } from "../errors.ts";
import { compose } from "../ops/compose.ts";
import { so3Fft, so3Ifft } from "../ops/fourier.ts";
import { logSoftmax } from "../ops/log-softmax.ts";
import { rectify } from "../ops/rectify.ts";
import { relu } from "../ops/relu.ts";
import { changeOrders } from "../ops/resize-spectrum.ts";
import { softplus } from "../ops/softplus.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkCount, checkEngine, checkInput } from "./checks.ts";
import { Module } from "./module.ts";

/** Orders beyond this have no use on SO(3): one signal would take gigabytes. */
const MAX_ORDERS = 4096;

export interface SO3ReLUOptions {
  /** How much finer the grid is than that of the signal. */
  readonly oversampling: number;
  /** Orders of γ that count, all unless said otherwise. */
  readonly orders?: number | undefined;
  /** How much finer the grid of γ is than `orders` asks for; as `oversampling` unless said otherwise. */
  readonly gammaOversampling?: number | undefined;
}

function checkOversampling(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 1 && value <= 16) return value;
  throw new ValueError(`SO3ReLU: ${name} must be a number from 1 to 16, got ${quote(value)}`);
}

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
 *
 * With `orders`, only the orders |n| < orders of γ of the signal count, before and after. The grid of γ then has
 * 2·⌈gammaOversampling·orders⌉ samples instead of 2·⌈oversampling·b⌉, and takes as much less time. A rotation of the input mixes
 * the orders of α and leaves those of γ, so nothing of the equivariance is lost but what the coarser grid folds back.
 * @throws ValueError unless oversampling and gammaOversampling are from 1 to 16, and orders is a count
 */
export class SO3ReLU extends Module {
  readonly oversampling: number;
  readonly orders: number | undefined;
  readonly gammaOversampling: number;

  constructor(engine: Engine, options: SO3ReLUOptions) {
    super(engine, "SO3ReLU");
    this.oversampling = checkOversampling("oversampling", options?.oversampling);
    this.orders = options.orders;
    this.gammaOversampling = checkOversampling("gammaOversampling", options.gammaOversampling ?? this.oversampling);
    if (this.orders !== undefined) checkCount("SO3ReLU", "orders", this.orders, MAX_ORDERS);
  }

  /**
   * From spectrum to spectrum: of a signal of bandwidth `bandwidth`, the degrees below `degrees` of the rectified one.
   * @param X of at most this bandwidth and these orders of γ
   */
  rectify(X: Tensor, bandwidth: number, degrees: number): Tensor {
    const { orders, oversampling, gammaOversampling } = this;
    const grid = Math.ceil(oversampling * bandwidth);
    if (orders === undefined) return rectify(X, grid, degrees);
    const gammaGrid = Math.ceil(gammaOversampling * Math.min(orders, bandwidth));
    return rectify(changeOrders(X, orders), grid, degrees, { gammaGrid, orders: Math.min(orders, degrees) });
  }

  override forward(x: Tensor): Tensor {
    const { layout } = x;
    const fits = layout.kind === "signal" && layout.domain === "so3";
    checkInput(this, x, fits, "a signal on so3");
    const { bandwidth } = layout as { readonly bandwidth: number };
    return compose([x], () => so3Ifft(changeOrders(this.rectify(so3Fft(x), bandwidth, bandwidth), bandwidth)));
  }

  protected override options(): Record<string, unknown> {
    const { oversampling, orders, gammaOversampling } = this;
    return { oversampling, ...(orders !== undefined && { orders, gammaOversampling }) };
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
