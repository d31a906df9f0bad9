// The Fourier transform on SO(3), real basis, LANES signals at a time (docs/design.md, "Transforms").
//
// Analysis: for each β a real DFT over γ and α, pruned to orders < bandwidth, gives the plane F[a][c] of LANES-vectors
// (a, c: real indices of the orders of α and γ); the Wigner stage (so3-wigner.ts) adds it to the sums over β,
//
//   R^l = degreeScale_l Σ_j betaWeight_j d^l_mn(β_j) F_j            for the four real indices cc, cs, sc, ss of (m, n).
//
// Synthesis is its exact transpose. The Wigner stage takes rings by two, β and π − β, but the signal is read and written in
// the order in which it lies, without which the hardware does not prefetch it: half of the planes wait for their partner.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { REAL, VECTOR } from "./simd";
import { addPlanes, coefficientsToSums, makePlanes, pairTableLength, sumsToCoefficients, wignerSumsBytes } from "./so3-wigner";
import { gatherSpectrum, groupBytes, scatterSpectrum } from "./spectra";

/** Bytes of scratch of `so3Analyze` and `so3Synthesize`. */
export function so3ScratchBytes(bandwidth: i32, grid: i32): i32 {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const planes = <usize>((grid + 1) * width * width + n * width) * VECTOR;
  return <i32>(planes + groupBytes(bandwidth, bandwidth) + wignerSumsBytes(bandwidth, bandwidth)) + dftScratchBytes(n);
}

/**
 * Signals `[group][β][α][γ][LANES]` at x to the spectra X (degree-major, bandwidth ≤ grid), groups first ≤ g < last.
 *
 * betaWeights: real[2·grid], the same from both ends; degreeScales: real[bandwidth]; dft: the table of length 2·grid.
 * x and X do not overlap.
 */
export function so3Analyze(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, x: usize, X: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const row = <usize>n * VECTOR;
  const orders = <usize>width * VECTOR;
  const plane = <usize>width * orders;
  const T = scratch + <usize>(grid + 1) * plane;
  const R = T + <usize>n * orders;
  const sums = R + groupBytes(bandwidth, bandwidth);
  const work = sums + wignerSumsBytes(bandwidth, bandwidth);
  const slice = <usize>pairTableLength(bandwidth, bandwidth) * REAL;
  for (let g = first; g < last; g++) {
    memory.fill(sums, 0, wignerSumsBytes(bandwidth, bandwidth));
    for (let j = 0; j < n; j++) {
      const ring = x + <usize>((g * n + j) * n) * row;
      analyzeLines(n, bandwidth, n, ring, VECTOR, row, T, VECTOR, orders, dft, work);
      const F = scratch + <usize>min<i32>(j, grid) * plane;
      analyzeLines(n, bandwidth, width, T, orders, VECTOR, F, orders, VECTOR, dft, work);
      if (j >= grid) {
        const pair = <usize>(n - 1 - j);
        const weight = load<real>(betaWeights + pair * REAL);
        addPlanes(bandwidth, bandwidth, table + pair * slice, weight, scratch + pair * plane, F, sums);
      }
    }
    sumsToCoefficients(bandwidth, bandwidth, degreeScales, sums, R);
    scatterSpectrum(bandwidth, bandwidth, signals, channels, g, R, X);
  }
}

/** The transpose of `so3Analyze`: spectra X to signals x, with the same arguments. Every number of the groups is written. */
export function so3Synthesize(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, X: usize, x: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const row = <usize>n * VECTOR;
  const orders = <usize>width * VECTOR;
  const plane = <usize>width * orders;
  const T = scratch + <usize>(grid + 1) * plane;
  const R = T + <usize>n * orders;
  const sums = R + groupBytes(bandwidth, bandwidth);
  const work = sums + wignerSumsBytes(bandwidth, bandwidth);
  const slice = <usize>pairTableLength(bandwidth, bandwidth) * REAL;
  for (let g = first; g < last; g++) {
    gatherSpectrum(bandwidth, bandwidth, signals, channels, g, X, R);
    coefficientsToSums(bandwidth, bandwidth, degreeScales, R, sums);
    for (let j = 0; j < n; j++) {
      const pair = <usize>min<i32>(j, n - 1 - j);
      let F = scratch + pair * plane;
      if (j < grid) {
        const far = F;
        F = scratch + <usize>grid * plane;
        makePlanes(bandwidth, bandwidth, table + pair * slice, load<real>(betaWeights + pair * REAL), sums, F, far);
      }
      synthesizeLines(n, bandwidth, width, F, orders, VECTOR, T, orders, VECTOR, dft, work);
      const ring = x + <usize>((g * n + j) * n) * row;
      synthesizeLines(n, bandwidth, n, T, VECTOR, orders, ring, VECTOR, row, dft, work);
    }
  }
}
