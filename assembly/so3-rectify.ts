// The rectifier between two convolutions on SO(3), from spectrum to spectrum: inverse transform, max(x, 0), forward
// transform, LANES signals at a time and two rings β, π − β at a time, so that the signal itself is never in memory: some
// lines of it are, in the nearest cache (docs/design.md, "Transforms").
//
// Both transforms are linear, so what backward needs of the signal is where it was positive: a byte per vector of it, one bit
// per lane. The adjoint is the same walk with the mask in place of the maximum.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { rectifyLines, rectifyLinesScratchBytes } from "./rectify-lines";
import { REAL, VECTOR } from "./simd";
import { addPlanes, coefficientsToSums, makePlanes, pairTableLength, sumsToCoefficients, wignerSumsBytes } from "./so3-wigner";
import { gatherSpectrum, groupBytes, scatterSpectrum } from "./spectra";

// @ts-ignore: decorator
@inline function planeBytes(bandwidth: i32, orders: i32): usize {
  return <usize>((2 * bandwidth - 1) * (2 * orders - 1)) * VECTOR;
}

/** Bytes of scratch of `so3Rectify`. */
export function so3RectifyScratchBytes(
  from: i32, ordersFrom: i32, to: i32, ordersTo: i32, grid: i32, gammaGrid: i32,
): i32 {
  const n = 2 * grid;
  const lines = <usize>(n * (2 * ordersFrom - 1 + 2 * ordersTo - 1)) * VECTOR;
  const planes = 2 * (planeBytes(from, ordersFrom) + planeBytes(to, ordersTo));
  const sums = wignerSumsBytes(from, ordersFrom) + wignerSumsBytes(to, ordersTo);
  const group = max<usize>(groupBytes(from, ordersFrom), groupBytes(to, ordersTo));
  const work = max<i32>(dftScratchBytes(n), rectifyLinesScratchBytes(2 * gammaGrid));
  return <i32>(planes + lines + group + sums) + work;
}

/**
 * Spectra X of bandwidth `from` to spectra Y of bandwidth `to`, both at most `grid`, by way of signals on the grid, groups
 * first ≤ g < last. X and Y do not overlap. The spectra have the orders |n| < ordersFrom and ordersTo of γ, at most `gammaGrid`
 * and no more than their bandwidth; the grid has 2·gammaGrid samples of γ.
 *
 * tableX, weightsX: real[2·grid], scalesX: real[from], as of `so3Synthesize`; tableY, weightsY, scalesY: real[to], as of
 * `so3Analyze`. dft, gammaDft: the tables of length 2·grid and 2·gammaGrid. mask: `[group][β][α][γ]` bytes, or 0; bit k says
 * that the signal in lane k is positive there. Written on the way unless `masking`; then it is read, and takes the place of
 * the maximum.
 */
export function so3Rectify(
  signals: i32, channels: i32, grid: i32, gammaGrid: i32, from: i32, ordersFrom: i32, to: i32, ordersTo: i32,
  first: i32, last: i32, X: usize, Y: usize, tableX: usize, weightsX: usize, scalesX: usize,
  tableY: usize, weightsY: usize, scalesY: usize, dft: usize, gammaDft: usize,
  scratch: usize, mask: usize, masking: i32,
): void {
  const n = 2 * grid;
  const near = scratch;
  const far = near + planeBytes(from, ordersFrom);
  const nearY = far + planeBytes(from, ordersFrom);
  const farY = nearY + planeBytes(to, ordersTo);
  const lines = farY + planeBytes(to, ordersTo);
  const linesY = lines + <usize>(n * (2 * ordersFrom - 1)) * VECTOR;
  const R = linesY + <usize>(n * (2 * ordersTo - 1)) * VECTOR;
  const sums = R + max<usize>(groupBytes(from, ordersFrom), groupBytes(to, ordersTo));
  const sumsY = sums + wignerSumsBytes(from, ordersFrom);
  const work = sumsY + wignerSumsBytes(to, ordersTo);
  const sliceX = <usize>pairTableLength(from, ordersFrom) * REAL;
  const sliceY = <usize>pairTableLength(to, ordersTo) * REAL;
  const ring = <usize>(n * 2 * gammaGrid);
  for (let g = first; g < last; g++) {
    gatherSpectrum(from, ordersFrom, signals, channels, g, X, R);
    coefficientsToSums(from, ordersFrom, scalesX, R, sums);
    memory.fill(sumsY, 0, wignerSumsBytes(to, ordersTo));
    const maskOfGroup = mask + <usize>(g * n) * ring;
    for (let j = grid - 1; j >= 0; j--) {
      const weightX = load<real>(weightsX + <usize>j * REAL);
      const weightY = load<real>(weightsY + <usize>j * REAL);
      makePlanes(from, ordersFrom, tableX + <usize>j * sliceX, weightX, sums, near, far);
      for (let side = 0; side < 2; side++) {
        const F = side ? far : near;
        const G = side ? farY : nearY;
        const maskOfRing = mask ? maskOfGroup + <usize>(side ? n - 1 - j : j) * ring : 0;
        rectifyRing(
          n, 2 * gammaGrid, from, ordersFrom, to, ordersTo, F, G, lines, linesY, maskOfRing, masking, dft, gammaDft, work);
      }
      addPlanes(to, ordersTo, tableY + <usize>j * sliceY, weightY, nearY, farY, sumsY);
    }
    sumsToCoefficients(to, ordersTo, scalesY, sumsY, R);
    scatterSpectrum(to, ordersTo, signals, channels, g, R, Y);
  }
}

/** One ring of n × nGamma samples, from plane F[a][c] to plane G[a][c], by way of lines [α][c]. */
function rectifyRing(
  n: i32, nGamma: i32, from: i32, ordersFrom: i32, to: i32, ordersTo: i32, F: usize, G: usize,
  lines: usize, linesG: usize, mask: usize, masking: i32, dft: usize, gammaDft: usize, work: usize,
): void {
  const widthF = 2 * ordersFrom - 1;
  const widthG = 2 * ordersTo - 1;
  const rowF = <usize>widthF * VECTOR;
  const rowG = <usize>widthG * VECTOR;
  synthesizeLines(n, from, widthF, F, rowF, VECTOR, lines, rowF, VECTOR, dft, work);
  rectifyLines(
    nGamma, ordersFrom, ordersTo, n, lines, VECTOR, rowF, linesG, VECTOR, rowG, mask, masking, gammaDft, work);
  analyzeLines(n, to, widthG, linesG, rowG, VECTOR, G, rowG, VECTOR, dft, work);
}
