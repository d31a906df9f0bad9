// Harmonics of the real basis at given points: the rows of a filter's transform, and of evaluation at any point.
//
// With real index 0 for order 0, 2m−1 for "cos m", 2m for "sin m" (docs/design.md, "Real basis"), degree l has
//
//   S²     d^l_{m0}(β) e^{−imα}       R_0 = d_00        R_c = √2 d_m0 cos mα       R_s = √2 d_m0 sin mα
//   SO(3)  e^{−imα} d^l_mn(β) e^{−inγ}, with V, W = d_mn ± (−1)ⁿ d_{m,−n}  (m, n > 0):
//          R_cc = V cos mα cos nγ − W sin mα sin nγ      R_cs = −W sin mα cos nγ − V cos mα sin nγ
//          R_sc = V sin mα cos nγ + W cos mα sin nγ      R_ss =  W cos mα cos nγ − V sin mα sin nγ
//          R_c0 = √2 d_m0 cos mα     R_s0 = √2 d_m0 sin mα     R_0c = √2 d_0n cos nγ     R_0s = −√2 d_0n sin nγ
//
// The SO(3) matrices are orthogonal: the real form of the conjugate of the package's D^l(α, β, γ). All is computed in
// f64 and rounded to `real` once.

import { multiples } from "./multiples";
import { REAL } from "./simd";
import { wignerAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes } from "./wigner";
import { wignerSmallD, wignerSmallDScratchBytes } from "./wigner-matrix";

// @ts-ignore: decorator
@inline const ROOT2: f64 = 1.41421356237309504880;

/** Bytes of scratch of `s2Harmonics`. */
export function s2HarmonicsScratchBytes(bandwidth: i32, count: i32): i32 {
  return 24 * bandwidth * count + wignerAnglesBytes(count) + wignerRowsScratchBytes(count);
}

/** At points (β, α), f64 pairs in radians: real `[count][b²]` at out, index l² + r. */
export function s2Harmonics(bandwidth: i32, count: i32, points: usize, out: usize, scratch: usize): void {
  const phases = scratch;
  const rows = phases + <usize>(16 * bandwidth * count);
  const angles = rows + <usize>(8 * bandwidth * count);
  const work = angles + <usize>wignerAnglesBytes(count);
  for (let j = 0; j < count; j++) {
    const point = points + <usize>j * 16;
    store<f64>(rows + <usize>j * 8, load<f64>(point));
    multiples(load<f64>(point, 8), bandwidth, phases + <usize>(16 * bandwidth * j));
  }
  wignerAngles(count, rows, angles);
  for (let m = 0; m < bandwidth; m++) {
    wignerRows(m, 0, bandwidth, count, angles, rows, work);
    for (let j = 0; j < count; j++) {
      const phase = phases + <usize>(bandwidth * j + m) * 16;
      const c = ROOT2 * load<f64>(phase);
      const s = ROOT2 * load<f64>(phase, 8);
      const harmonics = out + <usize>(bandwidth * bandwidth) * <usize>j * REAL;
      for (let l = m; l < bandwidth; l++) {
        const d = load<f64>(rows + <usize>((l - m) * count + j) * 8);
        const r = harmonics + <usize>(l * l + max(2 * m - 1, 0)) * REAL;
        if (m == 0) {
          store<real>(r, <real>d);
        } else {
          store<real>(r, <real>(c * d));
          store<real>(r + REAL, <real>(s * d));
        }
      }
    }
  }
}

/** Bytes of scratch of `so3Harmonics`. */
export function so3HarmonicsScratchBytes(bandwidth: i32, count: i32): i32 {
  const width = 2 * bandwidth - 1;
  return 32 * bandwidth * count + 8 * width * width + wignerSmallDScratchBytes(bandwidth - 1);
}

/**
 * At points (β, α, γ), f64 triples in radians: real `[count][b(4b²−1)/3]` at out, index l(4l²−1)/3 + r(2l+1) + r'.
 * d^l(β) is computed once for consecutive points of the same β.
 */
export function so3Harmonics(bandwidth: i32, count: i32, points: usize, out: usize, scratch: usize): void {
  const phases = scratch;
  const matrix = phases + <usize>(32 * bandwidth) * <usize>count;
  const width = 2 * bandwidth - 1;
  const work = matrix + <usize>(8 * width * width);
  const stride = <usize>bandwidth * 32;
  const spectrum = <usize>(bandwidth * (4 * bandwidth * bandwidth - 1) / 3) * REAL;
  for (let j = 0; j < count; j++) {
    const point = points + <usize>j * 24;
    multiples(load<f64>(point, 8), bandwidth, phases + <usize>j * stride);
    multiples(load<f64>(point, 16), bandwidth, phases + <usize>j * stride + stride / 2);
  }
  let first = 0;
  while (first < count) {
    const beta = load<f64>(points + <usize>first * 24);
    let next = first + 1;
    while (next < count && load<f64>(points + <usize>next * 24) == beta) next++;
    for (let l = 0; l < bandwidth; l++) {
      wignerSmallD(l, beta, matrix, work);
      for (let j = first; j < next; j++) {
        const alphas = phases + <usize>j * stride;
        const block = out + <usize>j * spectrum + <usize>(l * (4 * l * l - 1) / 3) * REAL;
        realMatrix(l, matrix, alphas, alphas + stride / 2, block);
      }
    }
    first = next;
  }
}

/** One degree at one point: d^l(β) in f64, (cos, sin) of the multiples of α and γ, to real[(2l+1)²]. */
function realMatrix(l: i32, d: usize, alphas: usize, gammas: usize, out: usize): void {
  const width = 2 * l + 1;
  const center = d + <usize>(l * width + l) * 8;
  store<real>(out, <real>load<f64>(center));
  for (let n = 1; n <= l; n++) {
    const phase = gammas + <usize>n * 16;
    const value = ROOT2 * load<f64>(center + <usize>n * 8);
    const column = out + <usize>(2 * n - 1) * REAL;
    store<real>(column, <real>(value * load<f64>(phase)));
    store<real>(column + REAL, <real>(-value * load<f64>(phase, 8)));
  }
  for (let m = 1; m <= l; m++) {
    const ca = load<f64>(alphas + <usize>m * 16);
    const sa = load<f64>(alphas + <usize>m * 16, 8);
    const row = center + <usize>(m * width) * 8;
    let cosine = out + <usize>((2 * m - 1) * width) * REAL;
    let sine = cosine + <usize>width * REAL;
    const value = ROOT2 * load<f64>(row);
    store<real>(cosine, <real>(value * ca));
    store<real>(sine, <real>(value * sa));
    for (let n = 1; n <= l; n++) {
      const cg = load<f64>(gammas + <usize>n * 16);
      const sg = load<f64>(gammas + <usize>n * 16, 8);
      const p = load<f64>(row + <usize>n * 8);
      const opposite = load<f64>(row - <usize>n * 8);
      const q = n & 1 ? -opposite : opposite;
      const v = p + q;
      const w = p - q;
      store<real>(cosine + REAL, <real>(v * ca * cg - w * sa * sg));
      store<real>(cosine + 2 * REAL, <real>(-(w * sa * cg + v * ca * sg)));
      store<real>(sine + REAL, <real>(v * sa * cg + w * ca * sg));
      store<real>(sine + 2 * REAL, <real>(w * ca * cg - v * sa * sg));
      cosine += 2 * REAL;
      sine += 2 * REAL;
    }
  }
}
