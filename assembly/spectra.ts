// Spectra in memory: moves between one group of LANES signals, `[coefficient][LANES]`, in which the transforms work, and
// the degree-major matrices of a whole tensor, in which the correlation works (docs/design.md, "Layouts").
//
// Coefficients of degree l are [r][r'], r and r' the real indices of the orders m of α and n of γ, |n| < `orders`: all of them
// on SO(3) where orders = bandwidth, and n = 0 alone on S², where orders = 1. Degree l of a tensor is the block
// [batch][E][channels] with E = (2l+1)·(2·min(l, orders−1)+1) coefficients, and starts at batch·channels·(coefficients of the
// degrees below l).

import { LANES, REAL, VECTOR, zero } from "./simd";

/** Real indices of the orders |n| < `orders` at degree l: the length of a row. */
// @ts-ignore: decorator
@inline export function rowLength(l: i32, orders: i32): i32 {
  return 2 * min<i32>(l, orders - 1) + 1;
}

/** Coefficients of degree l alone. */
// @ts-ignore: decorator
@inline export function degreeSize(l: i32, orders: i32): i32 {
  return (2 * l + 1) * rowLength(l, orders);
}

/** Coefficients of all degrees below l. */
// @ts-ignore: decorator
@inline export function degreeOffset(l: i32, orders: i32): i32 {
  const whole = min<i32>(l, orders);
  return (whole * (4 * whole * whole - 1)) / 3 + (2 * orders - 1) * (l * l - whole * whole);
}

/** Bytes of one group's coefficients. */
// @ts-ignore: decorator
@inline export function groupBytes(bandwidth: i32, orders: i32): usize {
  return <usize>degreeOffset(bandwidth, orders) * VECTOR;
}

/** Group `g`'s coefficients `[coefficient][LANES]` at R into the tensor X of `signals` = batch·channels spectra. */
export function scatterSpectrum(
  bandwidth: i32, orders: i32, signals: i32, channels: i32, g: i32, R: usize, X: usize,
): void {
  const batch = signals / channels;
  const first = g * LANES;
  const whole = channels % LANES == 0;
  const step = <usize>channels * REAL;
  for (let l = 0; l < bandwidth; l++) {
    const size = degreeSize(l, orders);
    if (whole) {
      let x = X + <usize>((first / channels) * size * channels + (first % channels)) * REAL;
      for (let e = 0; e < size; e++) {
        v128.store(x, v128.load(R));
        R += VECTOR;
        x += step;
      }
    } else {
      for (let k = 0; k < LANES && first + k < signals; k++) {
        const s = first + k;
        let x = X + <usize>((s / channels) * size * channels + (s % channels)) * REAL;
        let r = R + <usize>k * REAL;
        for (let e = 0; e < size; e++) {
          store<real>(x, load<real>(r));
          r += VECTOR;
          x += step;
        }
      }
      R += <usize>size * VECTOR;
    }
    X += <usize>(batch * size * channels) * REAL;
  }
}

/** The way back: group `g` of the tensor X into `[coefficient][LANES]` at R, zero in lanes past the last signal. */
export function gatherSpectrum(
  bandwidth: i32, orders: i32, signals: i32, channels: i32, g: i32, X: usize, R: usize,
): void {
  const batch = signals / channels;
  const first = g * LANES;
  const whole = channels % LANES == 0;
  const step = <usize>channels * REAL;
  for (let l = 0; l < bandwidth; l++) {
    const size = degreeSize(l, orders);
    if (whole) {
      let x = X + <usize>((first / channels) * size * channels + (first % channels)) * REAL;
      for (let e = 0; e < size; e++) {
        v128.store(R, v128.load(x));
        R += VECTOR;
        x += step;
      }
    } else {
      if (first + LANES > signals) for (let e = 0; e < size; e++) v128.store(R + <usize>e * VECTOR, zero());
      for (let k = 0; k < LANES && first + k < signals; k++) {
        const s = first + k;
        let x = X + <usize>((s / channels) * size * channels + (s % channels)) * REAL;
        let r = R + <usize>k * REAL;
        for (let e = 0; e < size; e++) {
          store<real>(r, load<real>(x));
          r += VECTOR;
          x += step;
        }
      }
      R += <usize>size * VECTOR;
    }
    X += <usize>(batch * size * channels) * REAL;
  }
}
