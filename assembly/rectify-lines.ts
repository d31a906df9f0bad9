// A nonlinearity between two real DFTs of the same line: synthesis, max(x, 0), analysis, so that the samples never
// leave the nearest cache. The rectifier on SO(3) (so3-rectify.ts) is made of it.
//
// Where n has an odd prime factor p with a codelet, by Good and Thomas's algorithm: the synthesis stops at the DFTs of
// the n/p residue classes of p samples; each class is synthesized, rectified and analysed in registers; the analysis
// goes on from there. Other lines are classes of one sample.
//
// mask: a byte per vector of samples, n bytes a line, in the order in which they are made, which depends on n alone;
// bit k says that lane k is positive. The adjoint is the same walk with the mask in place of the maximum: what was not
// positive counts as zero. NaN stays NaN, as in elementwise.ts.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import {
  analyzeAcross, classSize, codeletOrders, maskClasses, recordClasses, recordClassSums, rectifyClasses,
  rectifyClassSums, synthesizeAcross,
} from "./generated/codelets";
import { laneBits, masked, recorded, rectified } from "./rectifier";
import { VECTOR } from "./simd";

/** Lines at a time, 8 kB of samples or two lines; even, for the DFT may pair them. */
// @ts-ignore: decorator
@inline function rowsAtATime(n: i32): i32 {
  return max<i32>(2, 512 / n & ~1);
}

/** Bytes of scratch of `rectifyLines`. */
export function rectifyLinesScratchBytes(n: i32): i32 {
  return dftScratchBytes(n) + (rowsAtATime(n) + 1) * n * <i32>VECTOR;
}

/**
 * `lines` lines from spectra X of `ordersIn` to spectra Y of `ordersOut` orders by way of n rectified samples:
 * coefficient c of line i at X + i·XLine + c·XStep, strides in bytes, fastest where steps are VECTOR. mask: n bytes a
 * line, or 0; written, unless `masking`: then read. table: that of length n (dft.ts). Y and X do not overlap.
 */
export function rectifyLines(
  n: i32, ordersIn: i32, ordersOut: i32, lines: i32, X: usize, XStep: usize, XLine: usize, Y: usize, YStep: usize,
  YLine: usize, mask: usize, masking: i32, table: usize, scratch: usize,
): void {
  const size = classSize(n);
  const row = <usize>n * VECTOR;
  const step = rowsAtATime(n);
  const spectrum = scratch + <usize>step * row;
  const work = spectrum + row;
  for (let i = 0; i < lines; i += step) {
    const rows = min<i32>(step, lines - i);
    if (size == 1) {
      synthesizeLines(n, ordersIn, rows, X, XStep, XLine, scratch, VECTOR, row, table, work);
      rectifySamples(rows * n, scratch, mask, masking);
      analyzeLines(n, ordersOut, rows, scratch, VECTOR, row, Y, YStep, YLine, table, work);
    } else {
      const classes = rows * n / size;
      synthesizeClasses(n, ordersIn, rows, X, XStep, XLine, scratch, spectrum, work);
      if (ordersOut == 1 && !masking) {
        if (mask) recordClassSums(size, classes, scratch, scratch, mask, work);
        else rectifyClassSums(size, classes, scratch, scratch, mask, work);
        analyzeLines(n / size, 1, rows, scratch, VECTOR, <usize>(n / size) * VECTOR, Y, YStep, YLine, table, work);
      } else {
        if (masking) maskClasses(size, classes, scratch, mask, work);
        else if (mask) recordClasses(size, classes, scratch, mask, work);
        else rectifyClasses(size, classes, scratch, mask, work);
        analyzeClasses(n, ordersOut, rows, scratch, Y, YStep, YLine, spectrum, work);
      }
    }
    X += <usize>rows * XLine;
    Y += <usize>rows * YLine;
    if (mask) mask += rows * n;
  }
}

function rectifySamples(count: i32, x: usize, mask: usize, masking: i32): void {
  if (masking) {
    for (let k = 0; k < count; k++, x += VECTOR) v128.store(x, masked(v128.load(x), mask + k, laneBits()));
  } else if (mask) {
    for (let k = 0; k < count; k++, x += VECTOR) v128.store(x, recorded(v128.load(x), mask + k));
  } else {
    for (let k = 0; k < count; k++, x += VECTOR) v128.store(x, rectified(v128.load(x)));
  }
}

/**
 * Lines to the analyses of their classes, side by side at x. Orders that no codelet has are the prefix of one that has;
 * codelets want a line's orders side by side.
 */
function synthesizeClasses(
  n: i32, orders: i32, lines: i32, X: usize, XStep: usize, XLine: usize, x: usize, spectrum: usize, work: usize,
): void {
  if (orders == 1) return spreadClasses(n, lines, X, XLine, x);
  const kept = codeletOrders(n, orders);
  if (kept == orders && XStep == VECTOR) return synthesizeAcross(n, orders, lines, X, XLine, x, work);
  memory.fill(spectrum, 0, <usize>n * VECTOR);
  for (let i = 0; i < lines; i++, X += XLine, x += <usize>n * VECTOR) {
    for (let c = 0; c < 2 * orders - 1; c++) v128.store(spectrum + c * VECTOR, v128.load(X + c * XStep));
    synthesizeAcross(n, kept, 1, spectrum, 0, x, work);
  }
}

/** Order 0 alone: that of every class, the rest zero. */
function spreadClasses(n: i32, lines: i32, X: usize, XLine: usize, x: usize): void {
  const step = <usize>classSize(n) * VECTOR;
  memory.fill(x, 0, <usize>(lines * n) * VECTOR);
  for (let i = 0; i < lines; i++, X += XLine) {
    const value = v128.load(X);
    for (const end = x + <usize>n * VECTOR; x < end; x += step) v128.store(x, value);
  }
}

/** The transpose of `synthesizeClasses`. */
function analyzeClasses(
  n: i32, orders: i32, lines: i32, x: usize, X: usize, XStep: usize, XLine: usize, spectrum: usize, work: usize,
): void {
  const kept = codeletOrders(n, orders);
  if (kept == orders && XStep == VECTOR) return analyzeAcross(n, orders, lines, x, X, XLine, work);
  for (let i = 0; i < lines; i++, X += XLine, x += <usize>n * VECTOR) {
    analyzeAcross(n, kept, 1, x, spectrum, 0, work);
    for (let c = 0; c < 2 * orders - 1; c++) v128.store(X + c * XStep, v128.load(spectrum + c * VECTOR));
  }
}
