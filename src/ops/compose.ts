// Several operations as one.

import type { Tensor } from "../tensor/tensor.ts";

/**
 * The result of `work`, which computes with `inputs` on one engine. What was made on the way is released at once, unless a
 * gradient has to come back through it.
 */
export function compose(inputs: readonly Tensor[], work: () => Tensor): Tensor {
  const { engine } = inputs[0]!;
  const recorded = engine.recording && inputs.some((input) => input.requiresGrad);
  return recorded ? work() : engine.scope(work);
}
