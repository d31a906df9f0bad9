// The microkernels of the matrix product, and the loop over a block of C that calls them. A tile is c[height][2 vectors] of
// C, summed over a sliver of op(A) and a panel of op(B) that are read in order (panels.ts); C is touched once.
//
//   tile row r:  c[r][0..L), c[r][L..2L)  +=  splat a[k][r] · (b[k][0..L), b[k][L..2L))
//
// Two vectors can be multiplied and added in each cycle and take four cycles to come out, so eight accumulators keep the
// processor busy, and V8 has registers for ten. Four rows are the rule; five, where multiply-add is one instruction and needs
// no further register; one row or two, across two panels. Each number of C is one sum in the order of k whatever the tile.

import { COLUMNS, PANEL, ROWS, SLIVER, sliverStep, tileHeight } from "./panels";
import { REAL, VECTOR, madd, zero } from "./simd";

/** Up to this many rows a block is two panels wide, for the sake of tiles of one or two rows. */
// @ts-ignore: decorator
@inline const FEW_ROWS: i32 = 16;

/** Numbers of scratch for a tile that is not whole. */
// @ts-ignore: decorator
@inline export const CORNER: i32 = (ROWS + 1) * COLUMNS;

/**
 * A block of C: all slivers times all panels. `b` is the first panel, `bStep` the bytes from one k to the next in it,
 * `bNext` the bytes from one panel to the next. Where the last panel is not whole, a packed one is padded with zeros,
 * and B itself (`direct`) is read from further left, so that the panel ends with the matrix.
 *
 * The loops stand in one function because V8 unrolls an innermost loop the more, the deeper it is nested.
 */
export function tiles(
  direct: bool, rows: i32, columns: i32, depth: i32, slivers: usize, b: usize, bStep: usize, bNext: usize, add: bool,
  c: usize, cRow: usize, corner: usize,
): void {
  for (let j = 0, panels = 0; j < columns; j += panels * COLUMNS) {
    const left = columns - j;
    const whole = left >= COLUMNS;
    panels = rows <= FEW_ROWS && left >= 2 * COLUMNS ? 2 : 1;
    const shift = direct && !whole ? <usize>(COLUMNS - left) * REAL : 0;
    const targetRow = whole ? cRow : PANEL;
    const targetAdd = whole && add;
    let a = slivers;
    for (let i = 0, height = 0; i < rows; i += height, a += <usize>depth * sliverStep(height)) {
      height = tileHeight(rows - i);
      const at = c + <usize>i * cRow;
      if (panels == 2 && height <= 2) {
        if (height == 2) wideTile(2, a, b, b + bNext, bStep, depth, add, at, cRow);
        else wideTile(1, a, b, b + bNext, bStep, depth, add, at, cRow);
        continue;
      }
      let panel = b - shift;
      let target = whole ? at : corner;
      for (let p = 0; p < panels; p++, panel += bNext, target += PANEL) {
        if (height == 5) tallTile(a, panel, bStep, depth, targetAdd, target, targetRow);
        else if (height == 4) tile(4, a, panel, bStep, depth, targetAdd, target, targetRow);
        else if (height == 3) tile(3, a, panel, bStep, depth, targetAdd, target, targetRow);
        else if (height == 2) tile(2, a, panel, bStep, depth, targetAdd, target, targetRow);
        else tile(1, a, panel, bStep, depth, targetAdd, target, targetRow);
      }
      if (!whole) copyCorner(height, left, corner + shift, add, at, cRow);
    }
    b += <usize>panels * bNext;
    c += <usize>panels * PANEL;
  }
}

/** c[height][columns] (+)= the same part of a tile in scratch. */
function copyCorner(height: i32, columns: i32, corner: usize, add: bool, c: usize, cRow: usize): void {
  for (let r = 0; r < height; r++) {
    for (let j: usize = 0; j < <usize>columns * REAL; j += REAL) {
      const value = load<real>(corner + j);
      store<real>(c + j, add ? load<real>(c + j) + value : value);
    }
    corner += PANEL;
    c += cRow;
  }
}

/** c[height][COLUMNS] (+)= sliver · panel, up to four rows. `height` is a constant, so the other rows vanish. */
// @ts-ignore: decorator
@inline function tile(
  height: i32, a: usize, b: usize, bStep: usize, depth: i32, add: bool, c: usize, cRow: usize,
): void {
  let c00 = zero(), c01 = zero(), c10 = zero(), c11 = zero();
  let c20 = zero(), c21 = zero(), c30 = zero(), c31 = zero();
  const end = a + <usize>depth * SLIVER;
  do {
    const b0 = v128.load(b), b1 = v128.load(b, VECTOR);
    const a0 = v128.load_splat<real>(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    if (height > 1) {
      const a1 = v128.load_splat<real>(a, REAL);
      c10 = madd(a1, b0, c10);
      c11 = madd(a1, b1, c11);
    }
    if (height > 2) {
      const a2 = v128.load_splat<real>(a, 2 * REAL);
      c20 = madd(a2, b0, c20);
      c21 = madd(a2, b1, c21);
    }
    if (height > 3) {
      const a3 = v128.load_splat<real>(a, 3 * REAL);
      c30 = madd(a3, b0, c30);
      c31 = madd(a3, b1, c31);
    }
    b += bStep;
    a += SLIVER;
  } while (a < end);
  storeRow(c, c00, c01, add);
  if (height > 1) storeRow(c + cRow, c10, c11, add);
  if (height > 2) storeRow(c + 2 * cRow, c20, c21, add);
  if (height > 3) storeRow(c + 3 * cRow, c30, c31, add);
}

/**
 * The same for five rows, f32 alone. V8 up to 12 moves all loads of a block before its arithmetic: with the rows in the lanes
 * of one vector they still fit the registers.
 */
// @ts-ignore: decorator
@inline function tallTile(a: usize, b: usize, bStep: usize, depth: i32, add: bool, c: usize, cRow: usize): void {
  let c00 = zero(), c01 = zero(), c10 = zero(), c11 = zero(), c20 = zero(), c21 = zero();
  let c30 = zero(), c31 = zero(), c40 = zero(), c41 = zero();
  const end = a + <usize>depth * sliverStep(5);
  do {
    const rows = v128.load(a);
    const b0 = v128.load(b), b1 = v128.load(b, VECTOR);
    const a4 = v128.load_splat<real>(a, 4 * REAL);
    const a0 = i32x4.shuffle(rows, rows, 0, 0, 0, 0);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = i32x4.shuffle(rows, rows, 1, 1, 1, 1);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = i32x4.shuffle(rows, rows, 2, 2, 2, 2);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = i32x4.shuffle(rows, rows, 3, 3, 3, 3);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    b += bStep;
    a += sliverStep(5);
  } while (a < end);
  storeRow(c, c00, c01, add);
  storeRow(c + cRow, c10, c11, add);
  storeRow(c + 2 * cRow, c20, c21, add);
  storeRow(c + 3 * cRow, c30, c31, add);
  storeRow(c + 4 * cRow, c40, c41, add);
}

/** c[height][2·COLUMNS] (+)= sliver · two panels, for one row or two. */
// @ts-ignore: decorator
@inline function wideTile(
  height: i32, a: usize, b: usize, next: usize, bStep: usize, depth: i32, add: bool, c: usize, cRow: usize,
): void {
  let c00 = zero(), c01 = zero(), c02 = zero(), c03 = zero();
  let c10 = zero(), c11 = zero(), c12 = zero(), c13 = zero();
  const end = a + <usize>depth * SLIVER;
  do {
    const b0 = v128.load(b), b1 = v128.load(b, VECTOR);
    const b2 = v128.load(next), b3 = v128.load(next, VECTOR);
    const a0 = v128.load_splat<real>(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c02 = madd(a0, b2, c02);
    c03 = madd(a0, b3, c03);
    if (height > 1) {
      const a1 = v128.load_splat<real>(a, REAL);
      c10 = madd(a1, b0, c10);
      c11 = madd(a1, b1, c11);
      c12 = madd(a1, b2, c12);
      c13 = madd(a1, b3, c13);
    }
    b += bStep;
    next += bStep;
    a += SLIVER;
  } while (a < end);
  storeRow(c, c00, c01, add);
  storeRow(c + PANEL, c02, c03, add);
  if (height > 1) {
    storeRow(c + cRow, c10, c11, add);
    storeRow(c + cRow + PANEL, c12, c13, add);
  }
}

// @ts-ignore: decorator
@inline function storeRow(c: usize, x0: v128, x1: v128, add: bool): void {
  if (add) {
    x0 = v128.add<real>(v128.load(c), x0);
    x1 = v128.add<real>(v128.load(c, VECTOR), x1);
  }
  v128.store(c, x0);
  v128.store(c, x1, VECTOR);
}
