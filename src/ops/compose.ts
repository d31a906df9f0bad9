// Several operations as one.

import type { Tensor } from "../tensor/tensor.ts";

/** The result of `work` on x. What was made on the way is released at once, unless a gradient has to come back through it. */
export function compose(x: Tensor, work: () => Tensor): Tensor {
  return x.requiresGrad ? work() : x.engine.scope(work);
}
