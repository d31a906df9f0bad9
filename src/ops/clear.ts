// Zeros where a result is not computed: degrees that a grid does not resolve, for one.

import type { Tensor } from "../tensor/tensor.ts";

/** Sets the tensor's numbers to zero, in memory order from the given one on. */
export function clear(x: Tensor, from: number): void {
  const { kernels, bytesPerNumber } = x.engine;
  kernels.fill(x.length - from, 0, x.pointer + from * bytesPerNumber);
}
