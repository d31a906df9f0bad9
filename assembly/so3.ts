// The Fourier transform on SO(3), real basis, LANES signals at a time (docs/design.md, "Transforms").
//
// Analysis: for each β a real DFT over γ and α, pruned to orders < bandwidth, gives the plane F[a][c] of LANES-vectors
// (a, c: real indices of the orders of α and γ); the Wigner stage (so3-wigner.ts) adds it to the sums over β,
//
//   R^l = degreeScale_l Σ_j betaWeight_j d^l_mn(β_j) F_j            for the four real indices cc, cs, sc, ss of (m, n).
//
// Synthesis is its exact transpose. Both work on two rings β, π − β at a time, so that planes never leave the cache; the
// rectifier is taken in on the way, while a plane is there.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { reluBackward, reluForward } from "./elementwise";
import { LANES, REAL, VECTOR } from "./simd";
import { addPlanes, coefficientsToSums, makePlanes, pairTableLength, sumsToCoefficients, wignerSumsBytes } from "./so3-wigner";
import { gatherSpectrum, groupBytes, scatterSpectrum, SO3 } from "./spectra";

/** Lines along γ at a time, so that the rectifier finds them in the nearest cache; even, for the DFT may pair them. */
// @ts-ignore: decorator
@inline const ROWS: i32 = 8;

/** Bytes of scratch of `so3Analyze` and `so3Synthesize`. */
export function so3ScratchBytes(bandwidth: i32, grid: i32): i32 {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const planes = <usize>(2 * width * width + n * width + ROWS * n) * VECTOR;
  return <i32>(planes + groupBytes(SO3, bandwidth) + wignerSumsBytes(bandwidth)) + dftScratchBytes(n);
}

/**
 * Signals `[group][β][α][γ][LANES]` at x to the spectra X (degree-major, bandwidth ≤ grid), groups first ≤ g < last.
 *
 * betaWeights: real[2·grid], the same from both ends; degreeScales: real[bandwidth]; dft: the table of length 2·grid.
 * mask: signals like x, or 0; numbers of x where the mask's are not positive count as zero. x and X do not overlap.
 */
export function so3Analyze(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, x: usize, X: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize, mask: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const row = <usize>n * VECTOR;
  const orders = <usize>width * VECTOR;
  const near = scratch;
  const far = near + <usize>width * orders;
  const T = far + <usize>width * orders;
  const M = T + <usize>n * orders;
  const R = M + <usize>ROWS * row;
  const sums = R + groupBytes(SO3, bandwidth);
  const work = sums + wignerSumsBytes(bandwidth);
  const slice = <usize>pairTableLength(bandwidth) * REAL;
  for (let g = first; g < last; g++) {
    memory.fill(sums, 0, wignerSumsBytes(bandwidth));
    for (let i = 0; i < n; i++) {
      const j = i & 1 ? n - 1 - (i >> 1) : i >> 1;
      for (let a = 0; a < n; a += ROWS) {
        const rows = min<i32>(ROWS, n - a);
        const at = <usize>((g * n + j) * n + a) * row;
        if (mask) reluBackward(rows * n * LANES, mask + at, x + at, M);
        analyzeLines(n, bandwidth, rows, mask ? M : x + at, VECTOR, row, T + <usize>a * orders, VECTOR, orders, dft, work);
      }
      analyzeLines(n, bandwidth, width, T, orders, VECTOR, i & 1 ? far : near, orders, VECTOR, dft, work);
      if (i & 1) {
        const pair = <usize>(i >> 1);
        addPlanes(bandwidth, table + pair * slice, load<real>(betaWeights + pair * REAL), near, far, sums);
      }
    }
    sumsToCoefficients(bandwidth, degreeScales, sums, R);
    scatterSpectrum(SO3, bandwidth, signals, channels, g, R, X);
  }
}

/**
 * The transpose of `so3Analyze`: spectra X to signals x, with the same arguments. Every number of the groups is written;
 * where `rectify` is not 0, as max(x, 0).
 */
export function so3Synthesize(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, X: usize, x: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize, rectify: i32,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const row = <usize>n * VECTOR;
  const orders = <usize>width * VECTOR;
  const near = scratch;
  const far = near + <usize>width * orders;
  const T = far + <usize>width * orders;
  const R = T + <usize>n * orders;
  const sums = R + groupBytes(SO3, bandwidth);
  const work = sums + wignerSumsBytes(bandwidth);
  const slice = <usize>pairTableLength(bandwidth) * REAL;
  for (let g = first; g < last; g++) {
    gatherSpectrum(SO3, bandwidth, signals, channels, g, X, R);
    coefficientsToSums(bandwidth, degreeScales, R, sums);
    for (let i = 0; i < n; i++) {
      if (!(i & 1)) {
        const pair = <usize>(i >> 1);
        makePlanes(bandwidth, table + pair * slice, load<real>(betaWeights + pair * REAL), sums, near, far);
      }
      const j = i & 1 ? n - 1 - (i >> 1) : i >> 1;
      synthesizeLines(n, bandwidth, width, i & 1 ? far : near, orders, VECTOR, T, orders, VECTOR, dft, work);
      for (let a = 0; a < n; a += ROWS) {
        const rows = min<i32>(ROWS, n - a);
        const at = x + <usize>((g * n + j) * n + a) * row;
        synthesizeLines(n, bandwidth, rows, T + <usize>a * orders, VECTOR, orders, at, VECTOR, row, dft, work);
        if (rectify) reluForward(rows * n * LANES, at, at);
      }
    }
  }
}
