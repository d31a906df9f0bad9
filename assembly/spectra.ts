// Spectra in memory: moves between one group of LANES signals, `[coefficient][LANES]`, in which the transforms work, and
// the degree-major matrices of a whole tensor, in which the correlation works (docs/design.md, "Layouts").
//
// Coefficients of degree l are l² + r on S² and l(4l²−1)/3 + r(2l+1) + r' on SO(3), r and r' real indices. Degree l of a
// tensor is the block [batch][E][channels], E = 2l+1 or (2l+1)² coefficients, and starts at batch·channels·(coefficients
// of the degrees below l).

import { LANES, REAL, VECTOR, zero } from "./simd";

/** Domains as the host passes them. */
// @ts-ignore: decorator
@inline export const S2: i32 = 2;
// @ts-ignore: decorator
@inline export const SO3: i32 = 3;

/** Coefficients of degree l alone. */
// @ts-ignore: decorator
@inline export function degreeSize(domain: i32, l: i32): i32 {
  const d = 2 * l + 1;
  return domain == S2 ? d : d * d;
}

/** Coefficients of all degrees below l. */
// @ts-ignore: decorator
@inline export function degreeOffset(domain: i32, l: i32): i32 {
  return domain == S2 ? l * l : (l * (4 * l * l - 1)) / 3;
}

/** Bytes of one group's coefficients. */
// @ts-ignore: decorator
@inline export function groupBytes(domain: i32, bandwidth: i32): usize {
  return <usize>degreeOffset(domain, bandwidth) * VECTOR;
}

/** Group `g`'s coefficients `[coefficient][LANES]` at R into the tensor X of `signals` = batch·channels spectra. */
export function scatterSpectrum(
  domain: i32, bandwidth: i32, signals: i32, channels: i32, g: i32, R: usize, X: usize,
): void {
  const batch = signals / channels;
  const first = g * LANES;
  const whole = channels % LANES == 0;
  const step = <usize>channels * REAL;
  for (let l = 0; l < bandwidth; l++) {
    const size = degreeSize(domain, l);
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
  domain: i32, bandwidth: i32, signals: i32, channels: i32, g: i32, X: usize, R: usize,
): void {
  const batch = signals / channels;
  const first = g * LANES;
  const whole = channels % LANES == 0;
  const step = <usize>channels * REAL;
  for (let l = 0; l < bandwidth; l++) {
    const size = degreeSize(domain, l);
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
