// The rectifier between two convolutions on SO(3), from spectrum to spectrum: inverse transform, max(x, 0), forward
// transform, LANES signals at a time and two rings β, π − β at a time, so that the signal itself is never in memory: some
// lines of it are, in the nearest cache (docs/design.md, "Transforms").
//
// Both transforms are linear, so what backward needs of the signal is where it was positive: a byte per vector of it, one bit
// per lane. The adjoint is the same walk with the mask in place of the maximum.

import { analyzeLines, synthesizeLines } from "./dft";
import { rectifyLines, rectifyLinesScratchBytes } from "./rectify-lines";
import { REAL, VECTOR } from "./simd";
import { addPlanes, coefficientsToSums, makePlanes, pairTableLength, sumsToCoefficients, wignerSumsBytes } from "./so3-wigner";
import { gatherSpectrum, groupBytes, scatterSpectrum, SO3 } from "./spectra";

// @ts-ignore: decorator
@inline function planeBytes(bandwidth: i32): usize {
  const width = <usize>(2 * bandwidth - 1);
  return width * width * VECTOR;
}

/** Bytes of scratch of `so3Rectify`. */
export function so3RectifyScratchBytes(from: i32, to: i32, grid: i32): i32 {
  const n = 2 * grid;
  const lines = <usize>(n * (2 * from - 1 + 2 * to - 1)) * VECTOR;
  const planes = 2 * (planeBytes(from) + planeBytes(to));
  const sums = wignerSumsBytes(from) + wignerSumsBytes(to);
  return <i32>(planes + lines + groupBytes(SO3, max<i32>(from, to)) + sums) + rectifyLinesScratchBytes(n);
}

/**
 * Spectra X of bandwidth `from` to spectra Y of bandwidth `to`, both at most `grid`, by way of signals on the grid, groups
 * first ≤ g < last. X and Y do not overlap.
 *
 * tableX, weightsX: real[2·grid], scalesX: real[from], as of `so3Synthesize`; tableY, weightsY, scalesY: real[to], as of
 * `so3Analyze`. dft: the table of length 2·grid. mask: `[group][β][α][γ]` bytes, or 0; bit k says that the signal in lane k is
 * positive there. Written on the way unless `masking`; then it is read, and takes the place of the maximum.
 */
export function so3Rectify(
  signals: i32, channels: i32, grid: i32, from: i32, to: i32, first: i32, last: i32, X: usize, Y: usize,
  tableX: usize, weightsX: usize, scalesX: usize, tableY: usize, weightsY: usize, scalesY: usize, dft: usize,
  scratch: usize, mask: usize, masking: i32,
): void {
  const n = 2 * grid;
  const near = scratch;
  const far = near + planeBytes(from);
  const nearY = far + planeBytes(from);
  const farY = nearY + planeBytes(to);
  const lines = farY + planeBytes(to);
  const linesY = lines + <usize>(n * (2 * from - 1)) * VECTOR;
  const R = linesY + <usize>(n * (2 * to - 1)) * VECTOR;
  const sums = R + groupBytes(SO3, max<i32>(from, to));
  const sumsY = sums + wignerSumsBytes(from);
  const work = sumsY + wignerSumsBytes(to);
  const sliceX = <usize>pairTableLength(from) * REAL;
  const sliceY = <usize>pairTableLength(to) * REAL;
  const ring = <usize>(n * n);
  for (let g = first; g < last; g++) {
    gatherSpectrum(SO3, from, signals, channels, g, X, R);
    coefficientsToSums(from, scalesX, R, sums);
    memory.fill(sumsY, 0, wignerSumsBytes(to));
    const maskOfGroup = mask + <usize>(g * n) * ring;
    for (let j = grid - 1; j >= 0; j--) {
      const weightX = load<real>(weightsX + <usize>j * REAL);
      const weightY = load<real>(weightsY + <usize>j * REAL);
      makePlanes(from, tableX + <usize>j * sliceX, weightX, sums, near, far);
      const nearMask = mask ? maskOfGroup + <usize>j * ring : 0;
      const farMask = mask ? maskOfGroup + <usize>(n - 1 - j) * ring : 0;
      rectifyRing(n, from, to, near, nearY, lines, linesY, nearMask, masking, dft, work);
      rectifyRing(n, from, to, far, farY, lines, linesY, farMask, masking, dft, work);
      addPlanes(to, tableY + <usize>j * sliceY, weightY, nearY, farY, sumsY);
    }
    sumsToCoefficients(to, scalesY, sumsY, R);
    scatterSpectrum(SO3, to, signals, channels, g, R, Y);
  }
}

/** One ring, from plane F[a][c] to plane G[a][c], by way of lines [α][c]. */
function rectifyRing(
  n: i32, from: i32, to: i32, F: usize, G: usize, lines: usize, linesG: usize, mask: usize, masking: i32, dft: usize,
  work: usize,
): void {
  const widthF = 2 * from - 1;
  const widthG = 2 * to - 1;
  const rowF = <usize>widthF * VECTOR;
  const rowG = <usize>widthG * VECTOR;
  synthesizeLines(n, from, widthF, F, rowF, VECTOR, lines, rowF, VECTOR, dft, work);
  rectifyLines(n, from, to, n, lines, VECTOR, rowF, linesG, VECTOR, rowG, mask, masking, dft, work);
  analyzeLines(n, to, widthG, linesG, rowG, VECTOR, G, rowG, VECTOR, dft, work);
}
