// Exponential and logarithm of the lanes of a vector, without tables, accurate to about one unit in the last place in
// both dtypes and equal on every engine in the plain build.
//
// exp: x = n ln 2 + r, |r| ≤ ln 2 / 2, Taylor series of exp(r), then 2ⁿ in two factors so that results may be subnormal.
// log: x = 2ᵏ (1 + f), √½ ≤ 1 + f ≤ √2, s = f / (2 + f); log(1 + f) = 2 atanh s = f − s (f − R), R = 2 Σ_j s²ʲ / (2j + 1):
// f is exact and the correction small, so the rounding of the quotient hardly counts (W. Cody, W. Waite, "Software Manual
// for the Elementary Functions", 1980; the last identity is from fdlibm).

import { madd, nmadd } from "./simd";

// ln 2 in two parts; the first has so few bits that its product with an exponent is exact.
// @ts-ignore: decorator
@inline const LN2_HIGH: real = sizeof<real>() == 4 ? 0.693359375 : 0.69314718036912381649;
// @ts-ignore: decorator
@inline const LN2_LOW: real = sizeof<real>() == 4 ? -2.12194440054690583e-4 : 1.90821492927058770002e-10;
// @ts-ignore: decorator
@inline const LOG2_E: real = 1.44269504088896340736;
/** So large that the last bit of a number near it is worth 1. */
// @ts-ignore: decorator
@inline const SHIFT: real = sizeof<real>() == 4 ? 12582912.0 : 6755399441055744.0;

// @ts-ignore: decorator
@inline function all(x: real): v128 {
  return v128.splat<real>(x);
}

/** eˣ; 0 below and ∞ above the range of the dtype, NaN for NaN. */
// @ts-ignore: decorator
@inline export function exponential(x: v128): v128 {
  const notLess = v128.pmax<real>(x, all(sizeof<real>() == 4 ? -105 : -746));
  const clamped = v128.pmin<real>(notLess, all(sizeof<real>() == 4 ? 89 : 710));
  // n, rounded, stands in the lowest bits of 1.5·2²³ + n in f32, of 1.5·2⁵² + n in f64.
  const shifted = madd(clamped, all(LOG2_E), all(SHIFT));
  const n = v128.sub<real>(shifted, all(SHIFT));
  const r = nmadd(n, all(LN2_LOW), nmadd(n, all(LN2_HIGH), clamped));
  // q = 1/2! + r/3! + r²/4! + …, to r⁷/7! in f32 and to r¹³/13! in f64.
  let q: v128;
  if (sizeof<real>() == 4) {
    q = all(1.0 / 5040.0);
  } else {
    q = all(1.0 / 6227020800.0);
    q = madd(q, r, all(1.0 / 479001600.0));
    q = madd(q, r, all(1.0 / 39916800.0));
    q = madd(q, r, all(1.0 / 3628800.0));
    q = madd(q, r, all(1.0 / 362880.0));
    q = madd(q, r, all(1.0 / 40320.0));
    q = madd(q, r, all(1.0 / 5040.0));
  }
  q = madd(q, r, all(1.0 / 720.0));
  q = madd(q, r, all(1.0 / 120.0));
  q = madd(q, r, all(1.0 / 24.0));
  q = madd(q, r, all(1.0 / 6.0));
  q = madd(q, r, all(0.5));
  const e = v128.add<real>(all(1), madd(v128.mul<real>(r, r), q, r));
  return timesPowerOfTwo(e, shifted);
}

/** x · 2ⁿ = x · 2ʰ · 2ⁿ⁻ʰ with h = ⌊n/2⌋, for n as SHIFT + n and within twice the range of exponents. */
// @ts-ignore: decorator
@inline function timesPowerOfTwo(x: v128, shifted: v128): v128 {
  // n + 2·bias is positive, and its half is h + bias.
  if (sizeof<real>() == 4) {
    const biased = i32x4.sub(shifted, i32x4.splat(reinterpret<i32>(<f32>SHIFT) - 2 * 127));
    const first = i32x4.shr_u(biased, 1);
    const second = i32x4.sub(biased, first);
    return f32x4.mul(f32x4.mul(x, i32x4.shl(first, 23)), i32x4.shl(second, 23));
  } else {
    const biased = i64x2.sub(shifted, i64x2.splat(reinterpret<i64>(<f64>SHIFT) - 2 * 1023));
    const first = i64x2.shr_u(biased, 1);
    const second = i64x2.sub(biased, first);
    return f64x2.mul(f64x2.mul(x, i64x2.shl(first, 52)), i64x2.shl(second, 52));
  }
}

/** k ln 2 + log(1 + f) for √½ ≤ 1 + f ≤ √2. */
// @ts-ignore: decorator
@inline function logarithmOf(k: v128, f: v128): v128 {
  const s = v128.div<real>(f, v128.add<real>(all(2), f));
  const z = v128.mul<real>(s, s);
  // R / (2 z) = 1/3 + z/5 + z²/7 + …, to z³/9 in f32 and to z⁹/21 in f64.
  let q: v128;
  if (sizeof<real>() == 4) {
    q = all(1.0 / 9.0);
  } else {
    q = all(1.0 / 21.0);
    q = madd(q, z, all(1.0 / 19.0));
    q = madd(q, z, all(1.0 / 17.0));
    q = madd(q, z, all(1.0 / 15.0));
    q = madd(q, z, all(1.0 / 13.0));
    q = madd(q, z, all(1.0 / 11.0));
    q = madd(q, z, all(1.0 / 9.0));
  }
  q = madd(q, z, all(1.0 / 7.0));
  q = madd(q, z, all(1.0 / 5.0));
  q = madd(q, z, all(1.0 / 3.0));
  const R = v128.mul<real>(v128.add<real>(z, z), q);
  const correction = nmadd(k, all(LN2_LOW), v128.mul<real>(s, v128.sub<real>(f, R)));
  return madd(k, all(LN2_HIGH), v128.sub<real>(f, correction));
}

/** log(1 + x) for 0 ≤ x ≤ 1, accurate relative to the result; NaN for NaN. */
// @ts-ignore: decorator
@inline export function logOnePlus(x: v128): v128 {
  const large = v128.gt<real>(x, all(0.41421356237309505));
  const f = v128.bitselect(v128.mul<real>(all(0.5), v128.sub<real>(x, all(1))), x, large);
  return logarithmOf(v128.and(all(1), large), f);
}

/** log x for positive normal x. */
// @ts-ignore: decorator
@inline export function logarithm(x: v128): v128 {
  // Adding the bits of 1 − √½ makes the exponent that of x / √½, rounded down.
  if (sizeof<real>() == 4) {
    const bits = i32x4.add(x, i32x4.splat(0x3f800000 - 0x3f3504f3));
    const k = i32x4.sub(i32x4.shr_u(bits, 23), i32x4.splat(127));
    const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
    return logarithmOf(f32x4.convert_i32x4_s(k), f32x4.sub(m, f32x4.splat(1)));
  } else {
    const bits = i64x2.add(x, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e667f3bcd));
    const k = i64x2.sub(i64x2.shr_u(bits, 52), i64x2.splat(1023));
    const m = i64x2.add(v128.and(bits, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd));
    return logarithmOf(f64x2.sub(i64x2.add(k, all(SHIFT)), all(SHIFT)), f64x2.sub(m, f64x2.splat(1)));
  }
}
