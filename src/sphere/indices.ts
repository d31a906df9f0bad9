// Where a coefficient of given degree and orders lies in a spectrum, and the sampling angles of a signal.
//
// Order of coefficients as callers see it (conventions): S² index l² + l + m; SO(3) index l(4l²−1)/3 + (l+m)(2l+1) + l+n;
// degrees l = 0 … b−1, orders −l … l. Angles in radians.

import { ValueError } from "../errors.ts";

/** The sphere or the rotation group. */
export type Domain = "s2" | "so3";

/** Above this, b(4b²−1)/3 no longer fits an exact integer. */
const MAX_BANDWIDTH = 65536;

/**
 * Returns b when it is a bandwidth: an integer from 1 to 65,536, or to `max`.
 * @throws ValueError otherwise, beginning with `where`
 */
export function checkBandwidth(where: string, b: number, max = MAX_BANDWIDTH): number {
  if (!Number.isInteger(b) || b < 1 || b > max) {
    throw new ValueError(`${where}: the bandwidth must be an integer from 1 to ${max}, got ${b}`);
  }
  return b;
}

/** Coefficients of an S² spectrum of bandwidth b: b². It is also the offset of degree b. */
export function s2CoefficientCount(b: number): number {
  return b * b;
}

/** Coefficients of an SO(3) spectrum of bandwidth b: b(4b²−1)/3. It is also the offset of degree b. */
export function so3CoefficientCount(b: number): number {
  return (4 * b * b * b - b) / 3;
}

/** Coefficients of an SO(3) spectrum of bandwidth b with |n| < orders; with one order as many as on S². */
export function coefficientCount(b: number, orders: number): number {
  const whole = Math.min(b, orders);
  return so3CoefficientCount(whole) + (2 * orders - 1) * (b * b - whole * whole);
}

/** Orders n of degree l, |n| < orders. */
export function rowLength(l: number, orders: number): number {
  return 2 * Math.min(l, orders - 1) + 1;
}

/** Index of degree l, order m in an S² spectrum. */
export function s2Index(l: number, m: number): number {
  return l * l + l + m;
}

/** Index of degree l, orders m and n in an SO(3) spectrum. */
export function so3Index(l: number, m: number, n: number): number {
  return so3CoefficientCount(l) + (l + m) * (2 * l + 1) + l + n;
}

/**
 * The bandwidth of an S² spectrum with so many coefficients.
 * @throws ValueError if no bandwidth has that many
 */
export function s2BandwidthOfCount(count: number): number {
  const b = Math.round(Math.sqrt(count));
  if (!(b >= 1 && s2CoefficientCount(b) === count)) {
    throw new ValueError(`S2 spectrum: expected b^2 coefficients (1, 4, 9, 16, …), got ${count}`);
  }
  return b;
}

/**
 * The bandwidth of an SO(3) spectrum with so many coefficients.
 * @throws ValueError if no bandwidth has that many
 */
export function so3BandwidthOfCount(count: number): number {
  const b = Math.round(Math.cbrt(0.75 * count));
  if (!(b >= 1 && so3CoefficientCount(b) === count)) {
    throw new ValueError(`SO(3) spectrum: expected b(4b^2-1)/3 coefficients (1, 10, 35, 84, …), got ${count}`);
  }
  return b;
}

/** The 2b colatitudes of the SOFT grid, which every layer assumes: β_j = π(2j+1)/(4b). */
export function softBeta(b: number): Float64Array {
  checkBandwidth("softBeta", b);
  return Float64Array.from({ length: 2 * b }, (_, j) => (Math.PI * (2 * j + 1)) / (4 * b));
}

/** The 2b values of α, and of γ, on every grid: πk/b. */
export function softAlpha(b: number): Float64Array {
  checkBandwidth("softAlpha", b);
  return Float64Array.from({ length: 2 * b }, (_, k) => (Math.PI * k) / b);
}

/** The 2b colatitudes of the Driscoll–Healy grid, in which s2cnn's digits are sampled: β_j = πj/(2b). */
export function driscollHealyBeta(b: number): Float64Array {
  checkBandwidth("driscollHealyBeta", b);
  return Float64Array.from({ length: 2 * b }, (_, j) => (Math.PI * j) / (2 * b));
}
