// A nonlinearity between two real DFTs of the same line: synthesis, max(x, 0), analysis, so that the samples never leave the
// nearest cache. The rectifier on SO(3) (so3-rectify.ts) is made of it.
//
// mask: a byte per vector of samples, `[line][sample]`, bit k for lane k: whether the sample is positive. The adjoint is the
// same walk with the mask in place of the maximum: what was not positive counts as zero. NaN stays NaN, as in elementwise.ts.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { VECTOR, zero } from "./simd";

/** Lines at a time; even, for the DFT may pair them. */
// @ts-ignore: decorator
@inline const ROWS: i32 = 4;

/** Bytes of scratch of `rectifyLines`. */
export function rectifyLinesScratchBytes(n: i32): i32 {
  return dftScratchBytes(n) + ROWS * n * <i32>VECTOR;
}

/**
 * `lines` lines from spectra X of `ordersIn` to spectra Y of `ordersOut` orders by way of n rectified samples: coefficient c of
 * line i at X + i·XLine + c·XStep, strides in bytes. mask: n bytes a line, or 0; written, unless `masked`: then read.
 * table: that of length n (dft.ts). Y and X do not overlap.
 */
export function rectifyLines(
  n: i32, ordersIn: i32, ordersOut: i32, lines: i32, X: usize, XStep: usize, XLine: usize, Y: usize, YStep: usize,
  YLine: usize, mask: usize, masked: i32, table: usize, scratch: usize,
): void {
  const row = <usize>n * VECTOR;
  const work = scratch + <usize>ROWS * row;
  for (let i = 0; i < lines; i += ROWS) {
    const rows = min<i32>(ROWS, lines - i);
    synthesizeLines(n, ordersIn, rows, X, XStep, XLine, scratch, VECTOR, row, table, work);
    if (masked) keepPositive(rows * n, mask, scratch);
    else rectify(rows * n, scratch, mask);
    analyzeLines(n, ordersOut, rows, scratch, VECTOR, row, Y, YStep, YLine, table, work);
    X += <usize>rows * XLine;
    Y += <usize>rows * YLine;
    if (mask) mask += rows * n;
  }
}

/** x = max(x, 0), and where x was positive, unless mask is 0. */
function rectify(count: i32, x: usize, mask: usize): void {
  if (mask == 0) {
    for (let k = 0; k < count; k++, x += VECTOR) v128.store(x, v128.pmax<real>(v128.load(x), zero()));
    return;
  }
  for (let k = 0; k < count; k++, x += VECTOR) {
    const v = v128.load(x);
    store<u8>(mask + k, bits(v128.gt<real>(v, zero())));
    v128.store(x, v128.pmax<real>(v, zero()));
  }
}

/** x where the mask says positive, else 0. */
function keepPositive(count: i32, mask: usize, x: usize): void {
  for (let k = 0; k < count; k++, x += VECTOR) v128.store(x, v128.and(v128.load(x), lanesOfBits(mask + k)));
}

/** Bit k: whether lane k of a comparison is true. */
// @ts-ignore: decorator
@inline function bits(comparison: v128): i32 {
  return sizeof<real>() == 4 ? i32x4.bitmask(comparison) : i64x2.bitmask(comparison);
}

/** All bits of lane k: bit k of the byte at p. */
// @ts-ignore: decorator
@inline function lanesOfBits(p: usize): v128 {
  const lanes = sizeof<real>() == 4 ? i32x4(1, 2, 4, 8) : i32x4(1, 1, 2, 2);
  return i32x4.eq(v128.and(i32x4.splat(load<u8>(p)), lanes), lanes);
}
