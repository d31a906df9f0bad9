// Reproducible random numbers for tests, and the distance in which results are judged.

import type { Dtype } from "./kernels.ts";

/** `count` numbers in [−1, 1), representable in the dtype, from a seed (mulberry32). */
export function signals(count: number, seed: number, dtype: Dtype = "f64"): Float64Array {
  let state = (seed + 1) | 0;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    const x = ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
    return dtype === "f32" ? Math.fround(x) : x;
  });
}

/** ‖computed − wanted‖ / ‖wanted‖ in l2. */
export function relativeError(computed: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (computed.length !== wanted.length) throw new Error(`${computed.length} numbers instead of ${wanted.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference += (computed[i]! - wanted[i]!) ** 2;
    size += wanted[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

/** max |computed − wanted| / max |wanted|. */
export function largestError(computed: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (computed.length !== wanted.length) throw new Error(`${computed.length} numbers instead of ${wanted.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(computed[i]! - wanted[i]!);
    if (Number.isNaN(error)) return error;
    difference = Math.max(difference, error);
    size = Math.max(size, Math.abs(wanted[i]!));
  }
  return difference / size;
}
