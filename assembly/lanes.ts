// What crosses lanes: the ragged end of a row of numbers, sums over lanes, sums in f64, transposition in registers.
//
// A 16-aligned vector that holds the last number may be read whole: it never leaves the memory. Where rows begin anywhere,
// `take` reads what is there. What lies past the last number is never written and never enters a sum.

import { LANES, REAL, zero } from "./simd";

/** Stores v, or only its first `left` lanes when fewer than LANES numbers are left. */
// @ts-ignore: decorator
@inline export function put(p: usize, v: v128, left: i32): void {
  if (left >= LANES) v128.store(p, v);
  else storeFirst(p, v, left);
}

/** Stores the first `count` lanes, 0 ≤ count < LANES. */
// @ts-ignore: decorator
@inline export function storeFirst(p: usize, v: v128, count: i32): void {
  if (count < 1) return;
  if (sizeof<real>() == 8) {
    v128.store64_lane(p, v, 0);
  } else {
    v128.store32_lane(p, v, 0);
    if (count > 1) v128.store32_lane(p, v, 1, REAL);
    if (count > 2) v128.store32_lane(p, v, 2, 2 * REAL);
  }
}

/** The first `count` numbers at p, 0 ≤ count ≤ LANES, and zeros; reads nothing else. p needs no alignment. */
// @ts-ignore: decorator
@inline export function take(p: usize, count: i32): v128 {
  return count >= LANES ? v128.load(p) : loadFirst(p, count);
}

// @ts-ignore: decorator
@inline function loadFirst(p: usize, count: i32): v128 {
  if (count < 1) return zero();
  if (sizeof<real>() == 8) return v128.load64_zero(p);
  if (count == 1) return v128.load32_zero(p);
  if (count == 2) return v128.load64_zero(p);
  return v128.load32_lane(p + 2 * REAL, v128.load64_zero(p), 2);
}

/** v with zero in the lanes from `count` on. */
// @ts-ignore: decorator
@inline export function keepFirst(v: v128, count: i32): v128 {
  if (sizeof<real>() == 4) return v128.and(v, i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3)));
  else return v128.and(v, i64x2.gt_s(i64x2.splat(count), i64x2(0, 1)));
}

/** Four numbers (two in f64) into the lanes of one vector. */
// @ts-ignore: decorator
@inline export function lanesOf(x0: real, x1: real, x2: real, x3: real): v128 {
  if (sizeof<real>() == 4) {
    return v128.replace_lane<f32>(
      v128.replace_lane<f32>(v128.replace_lane<f32>(v128.splat<f32>(<f32>x0), 1, <f32>x1), 2, <f32>x2), 3, <f32>x3);
  } else {
    return v128.replace_lane<f64>(v128.splat<f64>(x0), 1, x1);
  }
}

/** Sum over the lanes: (0 + 1) + (2 + 3). */
// @ts-ignore: decorator
@inline export function sumLanes(v: v128): real {
  if (sizeof<real>() == 4) {
    return <real>((f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) +
      (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3)));
  } else {
    return <real>sumWide(v);
  }
}

/** Sum over the two lanes of an f64 vector. */
// @ts-ignore: decorator
@inline export function sumWide(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Lanes 0 and 1 in f64. */
// @ts-ignore: decorator
@inline export function low(v: v128): v128 {
  if (sizeof<real>() == 4) return f64x2.promote_low_f32x4(v);
  else return v;
}

/** Lanes 2 and 3 in f64; f32 only. */
// @ts-ignore: decorator
@inline export function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 1));
}

/** The vector with `low` s0 and `high` s1, rounded to `real`. */
// @ts-ignore: decorator
@inline export function narrow(s0: v128, s1: v128): v128 {
  if (sizeof<real>() == 4) {
    return v128.shuffle<f64>(f32x4.demote_f64x2_zero(s0), f32x4.demote_f64x2_zero(s1), 0, 2);
  } else {
    return s0;
  }
}

/** Two f64 numbers whose sum is that of v's lanes. */
// @ts-ignore: decorator
@inline export function widen(v: v128): v128 {
  if (sizeof<real>() == 4) return f64x2.add(low(v), high(v));
  else return v;
}

/** Stores the transpose of four f32 vectors, rows `step` bytes apart. */
// @ts-ignore: decorator
@inline export function storeTransposed4(r0: v128, r1: v128, r2: v128, r3: v128, y: usize, step: usize): void {
  const p0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), p1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const q0 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), q1 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f64>(p0, q0, 0, 2));
  v128.store(y + step, v128.shuffle<f64>(p0, q0, 1, 3));
  v128.store(y + 2 * step, v128.shuffle<f64>(p1, q1, 0, 2));
  v128.store(y + 3 * step, v128.shuffle<f64>(p1, q1, 1, 3));
}

/** Stores the transpose of two f64 vectors, rows `step` bytes apart. */
// @ts-ignore: decorator
@inline export function storeTransposed2(r0: v128, r1: v128, y: usize, step: usize): void {
  v128.store(y, v128.shuffle<f64>(r0, r1, 0, 2));
  v128.store(y + step, v128.shuffle<f64>(r0, r1, 1, 3));
}
