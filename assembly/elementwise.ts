// Elementwise work and reductions over n numbers.
//
// Every pointer is 16-aligned. A kernel writes exactly n numbers; it may read the rest of the last vector. Outputs may
// be the same array as any input (never a shifted overlap). Reductions are carried out in f64, in a fixed order. Loops over kernels with many constants test at their end: V8 moves constants out of such
// loops only.

import { exponential, logOnePlus } from "./exponential";
import { keepFirst, put, sumWide, widen } from "./lanes";
import { LANES, REAL, VECTOR, madd, zero } from "./simd";

/** x = value. */
export function fill(n: i32, value: real, x: usize): void {
  const v = v128.splat<real>(value);
  for (let left = n; left > 0; left -= LANES, x += VECTOR) put(x, v, left);
}

/** y = a·x. */
export function copyScaled(n: i32, a: real, x: usize, y: usize): void {
  const av = v128.splat<real>(a);
  for (let left = n; left > 0; left -= LANES, x += VECTOR, y += VECTOR) put(y, v128.mul<real>(av, v128.load(x)), left);
}

/** y += a·x. */
export function axpy(n: i32, a: real, x: usize, y: usize): void {
  const av = v128.splat<real>(a);
  for (let left = n; left > 0; left -= LANES, x += VECTOR, y += VECTOR) {
    put(y, madd(av, v128.load(x), v128.load(y)), left);
  }
}

/** z = x + y. */
export function add(n: i32, x: usize, y: usize, z: usize): void {
  for (let left = n; left > 0; left -= LANES, x += VECTOR, y += VECTOR, z += VECTOR) {
    put(z, v128.add<real>(v128.load(x), v128.load(y)), left);
  }
}

/** z = x · y, number by number. */
export function multiply(n: i32, x: usize, y: usize, z: usize): void {
  for (let left = n; left > 0; left -= LANES, x += VECTOR, y += VECTOR, z += VECTOR) {
    put(z, v128.mul<real>(v128.load(x), v128.load(y)), left);
  }
}

/** y = max(x, 0); NaN stays NaN. pmax is one instruction where IEEE's max takes several. */
export function reluForward(n: i32, x: usize, y: usize): void {
  for (; n >= 4 * LANES; n -= 4 * LANES, x += 4 * VECTOR, y += 4 * VECTOR) {
    v128.store(y, v128.pmax<real>(v128.load(x), zero()));
    v128.store(y, v128.pmax<real>(v128.load(x, 16), zero()), 16);
    v128.store(y, v128.pmax<real>(v128.load(x, 32), zero()), 32);
    v128.store(y, v128.pmax<real>(v128.load(x, 48), zero()), 48);
  }
  for (let left = n; left > 0; left -= LANES, x += VECTOR, y += VECTOR) {
    put(y, v128.pmax<real>(v128.load(x), zero()), left);
  }
}

/** dx = dy where y > 0, else 0; y is the output (or the input) of `reluForward`. */
export function reluBackward(n: i32, y: usize, dy: usize, dx: usize): void {
  for (; n >= 4 * LANES; n -= 4 * LANES, y += 4 * VECTOR, dy += 4 * VECTOR, dx += 4 * VECTOR) {
    v128.store(dx, v128.and(v128.load(dy), v128.gt<real>(v128.load(y), zero())));
    v128.store(dx, v128.and(v128.load(dy, 16), v128.gt<real>(v128.load(y, 16), zero())), 16);
    v128.store(dx, v128.and(v128.load(dy, 32), v128.gt<real>(v128.load(y, 32), zero())), 32);
    v128.store(dx, v128.and(v128.load(dy, 48), v128.gt<real>(v128.load(y, 48), zero())), 48);
  }
  for (let left = n; left > 0; left -= LANES, y += VECTOR, dy += VECTOR, dx += VECTOR) {
    put(dx, v128.and(v128.load(dy), v128.gt<real>(v128.load(y), zero())), left);
  }
}

/** y = log(1 + eˣ) = max(x, 0) + log(1 + e^{−|x|}), which neither overflows nor loses small results. */
export function softplusForward(n: i32, x: usize, y: usize): void {
  if (n <= 0) return;
  do {
    const v = v128.load(x);
    const e = exponential(v128.neg<real>(v128.abs<real>(v)));
    put(y, v128.add<real>(v128.pmax<real>(v, zero()), logOnePlus(e)), n);
    x += VECTOR;
    y += VECTOR;
    n -= LANES;
  } while (n > 0);
}

/** dx = dy · σ(x), σ(x) = 1 / (1 + e^{−x}); x is the input of `softplusForward`. */
export function softplusBackward(n: i32, x: usize, dy: usize, dx: usize): void {
  if (n <= 0) return;
  const one = v128.splat<real>(1);
  do {
    const v = v128.load(x);
    const e = exponential(v128.neg<real>(v128.abs<real>(v)));
    const numerator = v128.bitselect(e, one, v128.lt<real>(v, zero()));
    put(dx, v128.mul<real>(v128.load(dy), v128.div<real>(numerator, v128.add<real>(one, e))), n);
    x += VECTOR;
    dy += VECTOR;
    dx += VECTOR;
    n -= LANES;
  } while (n > 0);
}

/** Index of the first NaN or infinity, −1 where there is none. */
export function checkFinite(n: i32, x: usize): i32 {
  let i = 0;
  // x − x is NaN for exactly those, and a NaN outlives sums: one test for four vectors.
  for (; i <= n - 4 * LANES; i += 4 * LANES) {
    const p = x + <usize>i * REAL;
    const v0 = v128.load(p), v1 = v128.load(p, VECTOR), v2 = v128.load(p, 2 * VECTOR), v3 = v128.load(p, 3 * VECTOR);
    const d0 = v128.add<real>(v128.sub<real>(v0, v0), v128.sub<real>(v1, v1));
    const d1 = v128.add<real>(v128.sub<real>(v2, v2), v128.sub<real>(v3, v3));
    const d = v128.add<real>(d0, d1);
    if (v128.any_true(v128.ne<real>(d, d))) break;
  }
  for (; i < n; i++) {
    const value = load<real>(x + <usize>i * REAL);
    if (value - value != 0) return i;
  }
  return -1;
}

/** Σ x. */
export function sum(n: i32, x: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 4 * LANES; n -= 4 * LANES, x += 4 * VECTOR) {
    s0 = f64x2.add(s0, widen(v128.load(x)));
    s1 = f64x2.add(s1, widen(v128.load(x, VECTOR)));
    s2 = f64x2.add(s2, widen(v128.load(x, 2 * VECTOR)));
    s3 = f64x2.add(s3, widen(v128.load(x, 3 * VECTOR)));
  }
  for (; n > 0; n -= LANES, x += VECTOR) s0 = f64x2.add(s0, widen(keepFirst(v128.load(x), n)));
  return sumWide(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
}
