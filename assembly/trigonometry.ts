// Sines and cosines in f64 without tables, so that every engine computes the same bits (and no data segment exists).
//
// An argument is reduced to a double-double y0 + y1 with |y0| ≤ π/4 and handed to the minimax polynomials of fdlibm
// (k_sin.c, k_cos.c; © 1993 Sun Microsystems, freely usable with this notice). Errors are below 0.8 ulp; turns that are
// multiples of an eighth give what symmetry demands: sinTurn(1, 2) = 0, cosTurn(1, 8) = sinTurn(1, 8).

/** cos(2πk/n) for any integer k and n ≥ 1. */
export function cosTurn(k: i32, n: i32): f64 {
  return turn(k, n, 2);
}

/** sin(2πk/n) for any integer k and n ≥ 1. */
export function sinTurn(k: i32, n: i32): f64 {
  return turn(k, n, 0);
}

/** cos x for x in radians, |x| ≤ 1e5. */
export function cosine(x: f64): f64 {
  return sinusoid(x, 1);
}

/** sin x for x in radians, |x| ≤ 1e5. */
export function sine(x: f64): f64 {
  return sinusoid(x, 0);
}

/** sin(2πk/n + shift · π/4): the integers give the octant and the rest of the turn exactly. */
function turn(k: i32, n: i32, shift: i32): f64 {
  k %= n;
  if (k < 0) k += n;
  const eighths = 8 * <i64>k;
  const octant = <i32>(eighths / n) + shift;
  let rest = <f64>(eighths % n);
  if (octant & 1) rest = <f64>n - rest;

  // rest/n · π/4 as a double-double.
  const quotient = rest / <f64>n;
  const product = quotient * <f64>n;
  const correction = (rest - product - productError(quotient, <f64>n, product)) / <f64>n;
  const y0 = quotient * QUARTER_PI;
  const y1 = productError(quotient, QUARTER_PI, y0) + (quotient * QUARTER_PI_TAIL + correction * QUARTER_PI);

  const value = (octant + 1) & 2 ? cosinePolynomial(y0, y1) : sinePolynomial(y0, y1);
  return octant & 4 ? 0 - value : value;
}

/** sin(x + quarters · π/2), Cody–Waite reduction with π/2 in three pieces of 33 bits and a tail (e_rem_pio2.c). */
function sinusoid(x: f64, quarters: i32): f64 {
  const multiple = nearest<f64>(x * 0.63661977236758134308);
  const r1 = x - multiple * 1.57079632673412561417e0;
  const w2 = multiple * 6.07710050630396597660e-11;
  const r2 = r1 - w2;
  const e2 = r1 - r2 - w2;
  const w3 = multiple * 2.02226624871116645580e-21;
  const r3 = r2 - w3;
  const e3 = r2 - r3 - w3;
  const tail = multiple * 8.47842766036889956997e-32 - e3 - e2;
  const y0 = r3 - tail;
  const y1 = r3 - y0 - tail;
  const quadrant = <i32>multiple + quarters;
  const value = quadrant & 1 ? cosinePolynomial(y0, y1) : sinePolynomial(y0, y1);
  return quadrant & 2 ? 0 - value : value;
}

// @ts-ignore: decorator
@inline const QUARTER_PI: f64 = 0.78539816339744830962;
// @ts-ignore: decorator
@inline const QUARTER_PI_TAIL: f64 = 3.06161699786838301793e-17;

/** a·b − product exactly (Dekker 1971), product = a·b rounded. */
// @ts-ignore: decorator
@inline function productError(a: f64, b: f64, product: f64): f64 {
  const aHigh = upperHalf(a);
  const bHigh = upperHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** x with the lower 27 bits of its significand cleared. */
// @ts-ignore: decorator
@inline function upperHalf(x: f64): f64 {
  return reinterpret<f64>(reinterpret<i64>(x) & ~0x7ffffff);
}

/** sin(x + tail), |x| ≤ π/4. */
function sinePolynomial(x: f64, tail: f64): f64 {
  const z = x * x;
  const w = z * z;
  const r = 8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 + z * 2.75573137070700676789e-6) +
    z * w * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10);
  const cube = z * x;
  return x - (z * (0.5 * tail - cube * r) - tail - cube * -1.66666666666666324348e-1);
}

/** cos(x + tail), |x| ≤ π/4. */
function cosinePolynomial(x: f64, tail: f64): f64 {
  const z = x * x;
  const w = z * z;
  const r = z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 + z * 2.48015872894767294178e-5)) +
    w * w * (-2.75573143513906633035e-7 + z * (2.08757232129817482790e-9 + z * -1.13596475577881948265e-11));
  const half = 0.5 * z;
  const high = 1 - half;
  return high + (1 - high - half + (z * r - x * tail));
}
