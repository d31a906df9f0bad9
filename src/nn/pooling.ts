// From signals on SO(3) to one number per feature: `[batch, feature, 2b, 2b, 2b]` to dense `[batch, feature]`.

import { so3Integrate } from "../ops/integrate.ts";
import { so3Max } from "../ops/max.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkEngine } from "./checks.ts";
import { Module } from "./module.ts";

/** The Haar mean over the rotation group: invariant under every rotation. */
export class SO3Integrate extends Module {
  constructor(engine: Engine) {
    super(engine, "SO3Integrate");
  }

  override forward(x: Tensor): Tensor {
    checkEngine(this, x);
    return so3Integrate(x);
  }
}

/** The maximum over the grid. */
export class SO3Max extends Module {
  constructor(engine: Engine) {
    super(engine, "SO3Max");
  }

  override forward(x: Tensor): Tensor {
    checkEngine(this, x);
    return so3Max(x);
  }
}
