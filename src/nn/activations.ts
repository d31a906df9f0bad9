// Modules without parameters that act number by number, or on the last axis.

import { logSoftmax } from "../ops/log-softmax.ts";
import { relu } from "../ops/relu.ts";
import { softplus } from "../ops/softplus.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkEngine } from "./checks.ts";
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
