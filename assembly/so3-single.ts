// The transform on SO(3) of a few signals that would leave most lanes of a group empty: one signal at a time, its rings in
// the lanes (docs/design.md, "Transforms"). LANES rings β and their mirrors π − β are moved into the lanes of two planes, and pass
// through the stages of so3.ts; the table has the d of each lane's ring. Sums over β come in LANES parts, which are added
// up at the end, and synthesis begins with the coefficients in all lanes.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { LANES, REAL, VECTOR } from "./simd";
import { addRings, coefficientsToSums, makeRings, pairTableLength, sumsToCoefficients, wignerSumsBytes } from "./so3-wigner";
import { gatherSpectrum, groupBytes, scatterSpectrum } from "./spectra";

/** Bytes of scratch of `so3AnalyzeSingle` and `so3SynthesizeSingle`. */
export function so3SingleScratchBytes(bandwidth: i32, grid: i32): i32 {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const planes = <usize>(2 * width * width + n * width + n * n) * VECTOR;
  return <i32>(planes + groupBytes(bandwidth, bandwidth) + 2 * wignerSumsBytes(bandwidth, bandwidth)) + dftScratchBytes(n);
}

/** As `so3Analyze` of one group, signals ≤ LANES, with the table of LANES rings in one. */
export function so3AnalyzeSingle(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, x: usize, X: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const row = <usize>n * VECTOR;
  const orders = <usize>width * VECTOR;
  const near = scratch;
  const far = near + <usize>width * orders;
  const T = far + <usize>width * orders;
  const P = T + <usize>n * orders;
  const R = P + <usize>n * row;
  const sums = R + groupBytes(bandwidth, bandwidth);
  const parts = sums + wignerSumsBytes(bandwidth, bandwidth);
  const work = parts + wignerSumsBytes(bandwidth, bandwidth);
  const slice = <usize>pairTableLength(bandwidth, bandwidth) * VECTOR;
  memory.fill(sums, 0, wignerSumsBytes(bandwidth, bandwidth));
  for (let s = 0; s < signals; s++) {
    memory.fill(parts, 0, wignerSumsBytes(bandwidth, bandwidth));
    const lane = <usize>s * REAL;
    for (let j = 0; j < grid; j += LANES) {
      for (let side = 0; side < 2; side++) {
        gatherRings(n, j, side, x + lane, P);
        analyzeLines(n, bandwidth, n, P, VECTOR, row, T, VECTOR, orders, dft, work);
        analyzeLines(n, bandwidth, width, T, orders, VECTOR, side ? far : near, orders, VECTOR, dft, work);
      }
      addRings(bandwidth, table, betaWeights + <usize>j * REAL, near, far, parts);
      table += slice;
    }
    table -= <usize>((grid + LANES - 1) / LANES) * slice;
    for (let i: usize = 0; i < wignerSumsBytes(bandwidth, bandwidth); i += VECTOR) {
      store<real>(sums + i + lane, sumOfLanes(parts + i));
    }
  }
  sumsToCoefficients(bandwidth, bandwidth, degreeScales, sums, R);
  scatterSpectrum(bandwidth, bandwidth, signals, channels, 0, R, X);
}

/** The transpose of `so3AnalyzeSingle`, as `so3Synthesize` of one group. */
export function so3SynthesizeSingle(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, X: usize, x: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const row = <usize>n * VECTOR;
  const orders = <usize>width * VECTOR;
  const near = scratch;
  const far = near + <usize>width * orders;
  const T = far + <usize>width * orders;
  const P = T + <usize>n * orders;
  const R = P + <usize>n * row;
  const sums = R + groupBytes(bandwidth, bandwidth);
  const parts = sums + wignerSumsBytes(bandwidth, bandwidth);
  const work = parts + wignerSumsBytes(bandwidth, bandwidth);
  const slice = <usize>pairTableLength(bandwidth, bandwidth) * VECTOR;
  gatherSpectrum(bandwidth, bandwidth, signals, channels, 0, X, R);
  coefficientsToSums(bandwidth, bandwidth, degreeScales, R, sums);
  for (let s = 0; s < signals; s++) {
    for (let i: usize = 0; i < wignerSumsBytes(bandwidth, bandwidth); i += VECTOR) {
      v128.store(parts + i, v128.splat<real>(load<real>(sums + i + <usize>s * REAL)));
    }
    for (let j = 0; j < grid; j += LANES) {
      makeRings(bandwidth, table, betaWeights + <usize>j * REAL, parts, near, far);
      table += slice;
      for (let side = 0; side < 2; side++) {
        synthesizeLines(n, bandwidth, width, side ? far : near, orders, VECTOR, T, orders, VECTOR, dft, work);
        synthesizeLines(n, bandwidth, n, T, VECTOR, orders, P, VECTOR, row, dft, work);
        scatterRings(n, j, side, s, P, x);
      }
    }
    table -= <usize>((grid + LANES - 1) / LANES) * slice;
  }
}

/** Ring j + i, or its mirror, of the signal at x into lane i of the plane P; past the last ring of the half, that one. */
// @ts-ignore: decorator
@inline function gatherRings(n: i32, j: i32, mirror: i32, x: usize, P: usize): void {
  const plane = <usize>(n * n) * VECTOR;
  for (let i = 0; i < LANES; i++) {
    const k = min<i32>(j + i, (n >> 1) - 1);
    const p = x + <usize>(mirror ? n - 1 - k : k) * plane;
    const q = P + <usize>i * REAL;
    for (let e: usize = 0; e < plane; e += 2 * VECTOR) {
      store<real>(q + e, load<real>(p + e));
      store<real>(q + e + VECTOR, load<real>(p + e + VECTOR));
    }
  }
}

/** The way back, to lane s of the group at x; with lane 0 come zeros in the others. */
// @ts-ignore: decorator
@inline function scatterRings(n: i32, j: i32, mirror: i32, s: i32, P: usize, x: usize): void {
  const plane = <usize>(n * n) * VECTOR;
  for (let i = 0; i < LANES && j + i < n >> 1; i++) {
    const p = x + <usize>(mirror ? n - 1 - j - i : j + i) * plane;
    const q = P + <usize>i * REAL;
    if (s == 0) {
      for (let e: usize = 0; e < plane; e += VECTOR) v128.store(p + e, alone(q + e));
    } else {
      for (let e: usize = 0; e < plane; e += VECTOR) store<real>(p + <usize>s * REAL + e, load<real>(q + e));
    }
  }
}

/** The number at p in lane 0, zero in the others. */
// @ts-ignore: decorator
@inline function alone(p: usize): v128 {
  if (sizeof<real>() == 4) return v128.load32_zero(p);
  else return v128.load64_zero(p);
}

// @ts-ignore: decorator
@inline function sumOfLanes(p: usize): real {
  let sum: real = 0;
  for (let i: usize = 0; i < VECTOR; i += REAL) sum += load<real>(p + i);
  return sum;
}
