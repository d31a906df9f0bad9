// The rectifier on one vector, and its mask: a byte of which bit k says that lane k is positive.

import { zero } from "./simd";

/** max(x, 0); NaN stays NaN. */
// @ts-ignore: decorator
@inline export function rectified(x: v128): v128 {
  return v128.pmax<real>(x, zero());
}

/** max(x, 0), and the mask to p. */
// @ts-ignore: decorator
@inline export function recorded(x: v128, p: usize): v128 {
  const positive = v128.gt<real>(x, zero());
  store<u8>(p, sizeof<real>() == 4 ? i32x4.bitmask(positive) : i64x2.bitmask(positive));
  return rectified(x);
}

/** In each lane its bit of the mask. */
// @ts-ignore: decorator
@inline export function laneBits(): v128 {
  return sizeof<real>() == 4 ? i32x4(1, 2, 4, 8) : i32x4(1, 1, 2, 2);
}

/** x where the mask at p says positive, else 0; `bits`: laneBits(), which a caller keeps in memory. */
// @ts-ignore: decorator
@inline export function masked(x: v128, p: usize, bits: v128): v128 {
  return v128.and(x, i32x4.eq(v128.and(v128.load8_splat(p), bits), bits));
}
