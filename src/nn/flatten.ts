// All axes but the batch as one: what stands between convolutions and a linear layer.

import { reshape } from "../ops/reshape.ts";
import type { Engine } from "../tensor/engine.ts";
import { product } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkInput } from "./checks.ts";
import { Module } from "./module.ts";

/** From a dense tensor or a signal `[batch, …]` to dense `[batch, features]`, in row-major order. */
export class Flatten extends Module {
  constructor(engine: Engine) {
    super(engine, "Flatten");
  }

  override forward(x: Tensor): Tensor {
    const { layout, shape } = x;
    const fits = (layout.kind === "dense" || layout.kind === "signal") && shape.length > 0;
    checkInput(this, x, fits, "a dense tensor or a signal, with a batch");
    return reshape(x, [shape[0]!, product(shape.slice(1))]);
  }
}
