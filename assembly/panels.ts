// How the matrix product packs its operands, so that the microkernel reads both in order: slivers of op(A), up to four rows
// stored [k][4] (five rows: [k][8]), and panels of op(B), two vectors of columns stored [k][2·LANES]. An operand whose rows
// run the other way is transposed in registers. Addresses need no alignment; nothing outside the operands is read.

import { storeTransposed2, storeTransposed4 } from "./lanes";
import { LANES, REAL, VECTOR } from "./simd";

/** Rows of a tile, as a rule. */
// @ts-ignore: decorator
@inline export const ROWS: i32 = 4;
/** Columns of a tile and of a panel. */
// @ts-ignore: decorator
@inline export const COLUMNS: i32 = 2 * LANES;
/** Bytes of one step of k in a sliver of up to four rows and in a panel. */
// @ts-ignore: decorator
@inline export const SLIVER: usize = 4 * REAL;
// @ts-ignore: decorator
@inline export const PANEL: usize = 2 * VECTOR;

/** Bytes of one step of k in a sliver. */
// @ts-ignore: decorator
@inline export function sliverStep(height: i32): usize {
  return height > ROWS ? 2 * SLIVER : SLIVER;
}

/** Height of the next tile when `left` rows are left: such that in the end no single row and no three are. */
// @ts-ignore: decorator
@inline export function tileHeight(left: i32): i32 {
  if (ASC_FEATURE_RELAXED_SIMD && sizeof<real>() == 4) {
    if (left == 5) return 5;
    return left <= ROWS || left % ROWS == 0 || left == 6 ? min(left, ROWS) : 5;
  }
  return min(left, ROWS);
}

/** Numbers that the slivers of `rows` rows take, at most: few are of five rows. */
export function sliverNumbers(rows: i32, depth: i32): i32 {
  return ((rows + ROWS - 1) / ROWS + 3) * ROWS * depth;
}

/** op(A)[rows][depth] times alpha, as slivers, one after the other. */
export function packSlivers(trans: i32, rows: i32, depth: i32, alpha: real, a: usize, stride: usize, slivers: usize): void {
  const down = trans ? REAL : stride;
  for (let i = 0, height = 0; i < rows; i += height) {
    height = tileHeight(rows - i);
    if (height > ROWS) {
      packRows(trans, ROWS, depth, alpha, a, stride, slivers, 2 * SLIVER);
      packRows(trans, 1, depth, alpha, a + ROWS * down, stride, slivers + SLIVER, 2 * SLIVER);
    } else {
      packRows(trans, height, depth, alpha, a, stride, slivers, SLIVER);
    }
    a += <usize>height * down;
    slivers += <usize>depth * sliverStep(height);
  }
}

// @ts-ignore: decorator
@inline function packRows(
  trans: i32, height: i32, depth: i32, alpha: real, a: usize, stride: usize, sliver: usize, step: usize,
): void {
  if (trans) packAlong(height, depth, alpha, a, stride, sliver, step);
  else packAcross(height, depth, alpha, a, stride, sliver, step);
}

/** op(B)[depth][columns] as panels [k][COLUMNS], one after the other, columns past the last zero. */
export function packPanels(trans: i32, columns: i32, depth: i32, b: usize, stride: usize, panels: usize): void {
  for (let j = 0; j < columns; j += COLUMNS) {
    for (let part = 0; part < COLUMNS; part += 4) {
      const from = j + part;
      const width = max(0, min(4, columns - from));
      const to = panels + <usize>part * REAL;
      if (trans) packAcross(width, depth, 1, b + <usize>from * stride, stride, to, PANEL);
      else packAlong(width, depth, 1, b + <usize>from * REAL, stride, to, PANEL);
    }
    panels += <usize>depth * PANEL;
  }
}

/** y[k][0..4) = scale · x[k][0..width), zero beyond; strides in bytes. */
function packAlong(width: i32, depth: i32, scale: real, x: usize, xStep: usize, y: usize, yStep: usize): void {
  if (width == 4) {
    const s = v128.splat<real>(scale);
    for (let k = 0; k < depth; k++) {
      v128.store(y, v128.mul<real>(s, v128.load(x)));
      if (sizeof<real>() == 8) v128.store(y, v128.mul<real>(s, v128.load(x, VECTOR)), VECTOR);
      x += xStep;
      y += yStep;
    }
  } else {
    packScalar(width, depth, scale, x, xStep, REAL, y, yStep);
  }
}

/** y[k][0..4) = scale · x[0..width)[k], zero beyond: a transposition, in registers by blocks of LANES × LANES. */
function packAcross(width: i32, depth: i32, scale: real, x: usize, xRow: usize, y: usize, yStep: usize): void {
  let k = 0;
  if (width == 4) {
    const s = v128.splat<real>(scale);
    for (; k <= depth - LANES; k += LANES) {
      const r0 = v128.mul<real>(s, v128.load(x)), r1 = v128.mul<real>(s, v128.load(x + xRow));
      const r2 = v128.mul<real>(s, v128.load(x + 2 * xRow)), r3 = v128.mul<real>(s, v128.load(x + 3 * xRow));
      if (sizeof<real>() == 4) {
        storeTransposed4(r0, r1, r2, r3, y, yStep);
      } else {
        storeTransposed2(r0, r1, y, yStep);
        storeTransposed2(r2, r3, y + VECTOR, yStep);
      }
      x += VECTOR;
      y += <usize>LANES * yStep;
    }
  }
  packScalar(width, depth - k, scale, x, REAL, xRow, y, yStep);
}

/** y[k][r] = scale · x[k·xStep + r·xRow] for r < width, zero for width ≤ r < 4. */
function packScalar(
  width: i32, depth: i32, scale: real, x: usize, xStep: usize, xRow: usize, y: usize, yStep: usize,
): void {
  for (let k = 0; k < depth; k++) {
    for (let r = 0; r < 4; r++) {
      store<real>(y + <usize>r * REAL, r < width ? scale * load<real>(x + <usize>r * xRow) : 0);
    }
    x += xStep;
    y += yStep;
  }
}
