// The sums of the Wigner stage (so3-wigner.ts) and the coefficients of a group, real basis: from one to the other.
//
// The four sums of the orders m, n > 0 at degree l are Re P, −Im P, ±Re Q, ∓Im Q of P = X_mn and Q = (−1)ⁿ X_{m,−n},
// the upper sign where l + m + n is even; the coefficients are
//
//   cc = Re P + Re Q,   ss = Re P − Re Q,   cs = Im P − Im Q,   sc = −Im P − Im Q.
//
// Those of (m, 0) and (0, m), in one, are the cosine and sine of each; of (0, 0) it is the first that counts.
//
// Sums are in the order of the table, `[m][k ≤ m: (m, k), then (k, m)][l = m … bandwidth−1][4]`, with (m, 0) and (0, m)
// in one; those of (k, m) lack the sign of d_km = (−1)^{m−k} d_mk, which comes in here. The second order of each pair is that
// of γ; where it reaches `orders` there is no sum, or half of four that is never read.

import { madd, nmadd, REAL, splatAt, VECTOR, zero } from "./simd";
import { degreeOffset, rowLength } from "./spectra";

/** Bytes of the four sums of one pair of orders at one degree. */
// @ts-ignore: decorator
@inline export const QUAD: usize = 4 * VECTOR;

/** Bytes of the sums of all degrees and orders, 1 ≤ orders ≤ bandwidth. */
export function wignerSumsBytes(bandwidth: i32, orders: i32): usize {
  const beyond = bandwidth - orders;
  const within = bandwidth + bandwidth * orders * (orders - 1) - ((orders - 1) * orders * (2 * orders - 1)) / 3;
  return <usize>(within + (orders * beyond * (beyond + 1)) / 2) * QUAD;
}

/** From the sums to the group's coefficients R, degree l times scales[l]. */
export function sumsToCoefficients(bandwidth: i32, orders: i32, scales: usize, sums: usize, R: usize): void {
  convert(false, bandwidth, orders, scales, sums, R);
}

/** The transpose of `sumsToCoefficients`. */
export function coefficientsToSums(bandwidth: i32, orders: i32, scales: usize, R: usize, sums: usize): void {
  convert(true, bandwidth, orders, scales, sums, R);
}

/** Both, in the order of the sums; from one degree to the next, addresses in R advance by their differences. */
// @ts-ignore: decorator
@inline function convert(transposed: bool, bandwidth: i32, orders: i32, scales: usize, sums: usize, R: usize): void {
  for (let l = 0; l < bandwidth; l++) {
    const r = R + <usize>degreeOffset(l, orders) * VECTOR;
    const scale = splatAt(scales + <usize>l * REAL);
    if (transposed) {
      const x = v128.mul<real>(scale, v128.load(r));
      v128.store(sums, x);
      v128.store(sums, x, 16);
      v128.store(sums, x, 32);
      v128.store(sums, x, 48);
    } else {
      v128.store(r, v128.mul<real>(scale, v128.load(sums)));
    }
    sums += QUAD;
  }
  for (let m = 1; m < bandwidth; m++) {
    const length = <usize>(bandwidth - m) * QUAD;
    const scale = scales + <usize>m * REAL;
    const row = <usize>rowLength(m, orders) * VECTOR;
    const both = m < orders;
    // cc of the orders (m, k) and (k, m), of which an axis has the last or the first two alone.
    let mk = R + <usize>degreeOffset(m, orders) * VECTOR + <usize>(2 * m - 1) * row;
    let km = R + <usize>(degreeOffset(m, orders) + 2 * m - 1) * VECTOR;
    if (both) axes(transposed, true, m, orders, scale, mk, km, sums, sums + length);
    else axes(transposed, false, m, orders, scale, mk, km, sums, sums + length);
    sums += length;
    mk += VECTOR;
    km += row;
    const last = min<i32>(m, orders - 1);
    for (let k = 1; k <= last; k++) {
      pair(transposed, m, m, 0, k, orders, scale, mk, sums, sums + length);
      sums += length;
      if (both && k < m) {
        pair(transposed, m, k, m - k, m, orders, scale, km, sums, sums + length);
        sums += length;
      }
      mk += 2 * VECTOR;
      km += 2 * row;
    }
  }
}

/** Bytes from index (i, c) of degree l to the same of the next, whatever c, where rows have `row` bytes and then `next`. */
// @ts-ignore: decorator
@inline function nextDegree(l: i32, i: i32, row: usize, next: usize): usize {
  return <usize>(2 * l + 1 - i) * row + <usize>i * next;
}

/** (−1)ⁿ in every lane. */
// @ts-ignore: decorator
@inline function parity(n: i32): v128 {
  return v128.splat<real>(n & 1 ? -1 : 1);
}

/** Bytes of a row of the degree after l, whose rows have `row`. */
// @ts-ignore: decorator
@inline function nextRow(l: i32, orders: i32, row: usize): usize {
  return l + 1 < orders ? row + 2 * VECTOR : row;
}

/** The orders (m, 0) at r and, if `both`, (0, m) at c, where d(π − β) brings (−1)^m. */
// @ts-ignore: decorator
@inline function axes(
  transposed: bool, both: bool, m: i32, orders: i32, scales: usize, r: usize, c: usize, sums: usize, end: usize,
): void {
  const sign = parity(m);
  let row = <usize>rowLength(m, orders) * VECTOR;
  for (let l = m; sums < end; l++) {
    const p = splatAt(scales);
    const q = v128.mul<real>(sign, p);
    if (transposed) {
      v128.store(sums, v128.mul<real>(p, v128.load(r)));
      v128.store(sums, v128.mul<real>(p, v128.load(r + row)), 16);
      v128.store(sums, both ? v128.mul<real>(q, v128.load(c)) : zero(), 32);
      v128.store(sums, both ? v128.neg<real>(v128.mul<real>(q, v128.load(c, 16))) : zero(), 48);
    } else {
      v128.store(r, v128.mul<real>(p, v128.load(sums)));
      v128.store(r + row, v128.mul<real>(p, v128.load(sums, 16)));
      if (both) v128.store(c, v128.mul<real>(q, v128.load(sums, 32)));
      if (both) v128.store(c, v128.neg<real>(v128.mul<real>(q, v128.load(sums, 48))), 16);
    }
    sums += QUAD;
    scales += REAL;
    const next = nextRow(l, orders, row);
    if (both) c += nextDegree(l, 0, row, next);
    r += nextDegree(l, 2 * m - 1, row, next);
    row = next;
  }
}

/**
 * The orders (i, n), i, n > 0, from degree m on, the larger of the two, with cc at r; the signs are those of P and, at the
 * first degree, of Q.
 */
// @ts-ignore: decorator
@inline function pair(
  transposed: bool, m: i32, i: i32, oddP: i32, oddQ: i32, orders: i32, scales: usize, r: usize, sums: usize, end: usize,
): void {
  const signP = parity(oddP);
  let signQ = parity(oddQ);
  let row = <usize>rowLength(m, orders) * VECTOR;
  for (let l = m; sums < end; l++) {
    const scale = splatAt(scales);
    const p = v128.mul<real>(signP, scale);
    const q = v128.mul<real>(signQ, scale);
    if (transposed) {
      const cc = v128.load(r), cs = v128.load(r, 16), sc = v128.load(r + row), ss = v128.load(r + row, 16);
      v128.store(sums, v128.mul<real>(p, v128.add<real>(cc, ss)));
      v128.store(sums, v128.mul<real>(p, v128.sub<real>(sc, cs)), 16);
      v128.store(sums, v128.mul<real>(q, v128.sub<real>(cc, ss)), 32);
      v128.store(sums, v128.mul<real>(q, v128.add<real>(cs, sc)), 48);
    } else {
      const a = v128.mul<real>(p, v128.load(sums));
      const b = v128.mul<real>(p, v128.load(sums, 16));
      const c = v128.load(sums, 32);
      const d = v128.load(sums, 48);
      v128.store(r, madd(q, c, a));
      v128.store(r, v128.sub<real>(v128.mul<real>(q, d), b), 16);
      v128.store(r + row, madd(q, d, b));
      v128.store(r + row, nmadd(q, c, a), 16);
    }
    sums += QUAD;
    scales += REAL;
    const next = nextRow(l, orders, row);
    r += nextDegree(l, 2 * i - 1, row, next);
    row = next;
    signQ = v128.neg<real>(signQ);
  }
}
