// Real matrix product, C = alpha · op(A) · op(B) + beta · C, row-major, strides in elements; op(A) is M × K, op(B) K × N.
//
// The general path is the blocked product of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication",
// 2008). op(A) is cut into slivers of up to four rows, stored [k][4] and already multiplied by alpha; op(B) into panels
// of two vectors, stored [k][2·LANES]. The microkernel keeps a 4 × 2 tile of vectors in eight accumulators, as many as
// V8 can hold in registers, walks a sliver and a panel in order and touches C once per block of k. A panel (DEEP · 2
// vectors) stays in L1, a block of slivers (TALL · DEEP numbers) in L2.
//
//   tile row r:  c[r][0..L), c[r][L..2L)  +=  splat a[k][r] · (b[k][0..L), b[k][L..2L))
//
// With few rows a copy of B costs more than it saves, so B's own rows serve as panels; with one row or few columns and
// both operands contiguous along k, the product is a set of dot products; with K = 1 it is an outer product. The path
// depends on the shape and the flags alone, so the order of summation is fixed.

import { storeTransposed2, storeTransposed4, sumLanes } from "./lanes";
import { LANES, REAL, VECTOR, madd, zero } from "./simd";

/** Rows of a tile. */
// @ts-ignore: decorator
@inline const ROWS: i32 = 4;
/** Columns of a tile and of a panel. */
// @ts-ignore: decorator
@inline const COLUMNS: i32 = 2 * LANES;
/** Bytes of one step of k in a sliver and in a panel. */
// @ts-ignore: decorator
@inline const SLIVER: usize = 4 * REAL;
// @ts-ignore: decorator
@inline const PANEL: usize = 2 * VECTOR;
/** Largest block along K, M and N. */
// @ts-ignore: decorator
@inline const DEEP: i32 = 256;
// @ts-ignore: decorator
@inline const TALL: i32 = 128;
// @ts-ignore: decorator
@inline const WIDE: i32 = 1024;
/** Up to this many rows B is read where it lies. */
// @ts-ignore: decorator
@inline const FEW_ROWS: i32 = 16;
/** Up to this many rows or columns the product of two operands contiguous along k is made of dot products. */
// @ts-ignore: decorator
@inline const FEW_DOTS: i32 = 4;

/** Bytes of scratch, 16-aligned, that `gemm` needs for any flags with these sizes. */
export function gemmScratchBytes(M: i32, N: i32, K: i32): i32 {
  const deep = min(K, DEEP);
  const slivers = ((min(M, TALL) + ROWS - 1) / ROWS + 1) * ROWS * deep;
  const panels = (min(N, WIDE) + COLUMNS - 1) / COLUMNS * COLUMNS * deep;
  const blocks = ROWS * COLUMNS + slivers + panels;
  const vectors = max(K, N) + LANES;
  return max(blocks, vectors) * <i32>REAL;
}

/**
 * C = alpha · op(A) · op(B) + beta · C, with beta 0 (C is not read) or 1; op transposes where its flag is not 0.
 * `lda`, `ldb`, `ldc`: elements from one stored row to the next. No alignment is assumed, nothing outside the matrices
 * is read or written; C must not overlap A, B or scratch. Scratch: `gemmScratchBytes`.
 */
export function gemm(
  transA: i32, transB: i32, M: i32, N: i32, K: i32, alpha: real, A: usize, lda: i32, B: usize, ldb: i32, beta: real,
  C: usize, ldc: i32, scratch: usize,
): void {
  if (M <= 0 || N <= 0) return;
  const accumulate = beta != 0;
  const cRow = <usize>ldc * REAL;
  if (K <= 0) {
    if (!accumulate) for (let i = 0; i < M; i++) memory.fill(C + <usize>i * cRow, 0, <usize>N * REAL);
    return;
  }
  // Bytes from op(A)[i][k] to op(A)[i+1][k] and to op(A)[i][k+1]; likewise for op(B)[k][j].
  const aDown = transA ? REAL : <usize>lda * REAL;
  const aAlong = transA ? <usize>lda * REAL : REAL;
  const bDown = transB ? REAL : <usize>ldb * REAL;
  const bAlong = transB ? <usize>ldb * REAL : REAL;

  if (transB && M <= FEW_DOTS) {
    for (let i = 0; i < M; i++) {
      gather(K, alpha, A + <usize>i * aDown, aAlong, scratch);
      dots(N, K, B, bAlong, scratch, accumulate, C + <usize>i * cRow, REAL);
    }
  } else if (!transA && N <= FEW_DOTS) {
    for (let j = 0; j < N; j++) {
      gather(K, alpha, B + <usize>j * bAlong, bDown, scratch);
      dots(M, K, A, aDown, scratch, accumulate, C + <usize>j * REAL, cRow);
    }
  } else if (K == 1) {
    gather(N, alpha, B, bAlong, scratch);
    for (let i = 0; i < M; i++) scaledRow(N, load<real>(A + <usize>i * aDown), scratch, accumulate, C + <usize>i * cRow);
  } else {
    blocked(transA, transB, M, N, K, alpha, A, lda, B, ldb, accumulate, C, cRow, scratch);
  }
}

/** The general path. */
function blocked(
  transA: i32, transB: i32, M: i32, N: i32, K: i32, alpha: real, A: usize, lda: i32, B: usize, ldb: i32,
  accumulate: bool, C: usize, cRow: usize, scratch: usize,
): void {
  const direct = !transB && M <= FEW_ROWS && N >= COLUMNS;
  const deep = blockOf(K, DEEP, 1);
  const tall = blockOf(M, TALL, ROWS);
  const wide = direct ? N : blockOf(N, WIDE, COLUMNS);
  const corner = scratch;
  const slivers = corner + <usize>(ROWS * COLUMNS) * REAL;
  const panels = slivers + <usize>(((min(M, TALL) + ROWS - 1) / ROWS + 1) * ROWS * min(K, DEEP)) * REAL;
  for (let j0 = 0; j0 < N; j0 += wide) {
    const columns = min(wide, N - j0);
    for (let k0 = 0; k0 < K; k0 += deep) {
      const depth = min(deep, K - k0);
      const b = element(B, transB, k0, j0, ldb);
      if (!direct) packPanels(transB, columns, depth, b, <usize>ldb * REAL, panels);
      for (let i0 = 0; i0 < M; i0 += tall) {
        const rows = min(tall, M - i0);
        packSlivers(transA, rows, depth, alpha, element(A, transA, i0, k0, lda), <usize>lda * REAL, slivers);
        const c = C + <usize>i0 * cRow + <usize>j0 * REAL;
        const add = accumulate || k0 > 0;
        if (direct) directTiles(rows, columns, depth, slivers, b, <usize>ldb * REAL, add, c, cRow, corner);
        else packedTiles(rows, columns, depth, slivers, panels, add, c, cRow, corner);
      }
    }
  }
}

/** Tiles of a block whose B is packed. */
function packedTiles(
  rows: i32, columns: i32, depth: i32, slivers: usize, panels: usize, add: bool, c: usize, cRow: usize, corner: usize,
): void {
  for (let j = 0; j < columns; j += COLUMNS) {
    const b = panels + <usize>(j * depth) * REAL;
    const width = columns - j;
    tileColumn(rows, min(width, COLUMNS), 0, depth, slivers, b, PANEL, add, c + <usize>j * REAL, cRow, corner);
  }
}

/** Tiles of a block that reads B's own rows; the last panel is moved left to end with the matrix. */
function directTiles(
  rows: i32, columns: i32, depth: i32, slivers: usize, b: usize, bRow: usize, add: bool, c: usize, cRow: usize,
  corner: usize,
): void {
  let j = 0;
  if (rows == 1) {
    for (; j <= columns - 8 * LANES; j += 8 * LANES) {
      rowTile(depth, slivers, b + <usize>j * REAL, bRow, add, c + <usize>j * REAL);
    }
  }
  for (; j <= columns - COLUMNS; j += COLUMNS) {
    tileColumn(rows, COLUMNS, 0, depth, slivers, b + <usize>j * REAL, bRow, add, c + <usize>j * REAL, cRow, corner);
  }
  if (j < columns) {
    const from = columns - COLUMNS;
    const b1 = b + <usize>from * REAL;
    tileColumn(rows, COLUMNS, j - from, depth, slivers, b1, bRow, add, c + <usize>from * REAL, cRow, corner);
  }
}

/** All slivers times one panel, of whose columns only those in [from, to) are wanted. */
function tileColumn(
  rows: i32, to: i32, from: i32, depth: i32, slivers: usize, b: usize, bStep: usize, add: bool, c: usize, cRow: usize,
  corner: usize,
): void {
  const whole = from == 0 && to == COLUMNS;
  let a = slivers;
  for (let i = 0, height = 0; i < rows; i += height) {
    height = tileHeight(rows - i);
    const at = c + <usize>i * cRow;
    if (whole) {
      tile(height, a, b, bStep, depth, add, at, cRow);
    } else {
      tile(height, a, b, bStep, depth, false, corner, PANEL);
      copyCorner(height, from, to, corner, add, at, cRow);
    }
    a += <usize>depth * SLIVER;
  }
}

/** Height of the next tile when `left` rows are left: as equal as can be, since three tiles of three beat 4 + 4 + 1. */
// @ts-ignore: decorator
@inline function tileHeight(left: i32): i32 {
  const tiles = (left + ROWS - 1) / ROWS;
  return (left + tiles - 1) / tiles;
}

/** Columns [from, to) of a tile in scratch go to c. */
function copyCorner(height: i32, from: i32, to: i32, corner: usize, add: bool, c: usize, cRow: usize): void {
  for (let r = 0; r < height; r++) {
    for (let j = from; j < to; j++) {
      const at = c + <usize>r * cRow + <usize>j * REAL;
      const value = load<real>(corner + <usize>r * PANEL + <usize>j * REAL);
      store<real>(at, add ? load<real>(at) + value : value);
    }
  }
}

function tile(height: i32, a: usize, b: usize, bStep: usize, depth: i32, add: bool, c: usize, cRow: usize): void {
  if (height == 4) tileOf(4, a, b, bStep, depth, add, c, cRow);
  else if (height == 3) tileOf(3, a, b, bStep, depth, add, c, cRow);
  else if (height == 2) tileOf(2, a, b, bStep, depth, add, c, cRow);
  else tileOf(1, a, b, bStep, depth, add, c, cRow);
}

/** The microkernel: c[height][COLUMNS] (+)= sliver · panel. `height` is a constant, so the other rows vanish. */
// @ts-ignore: decorator
@inline function tileOf(
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

// @ts-ignore: decorator
@inline function storeRow(c: usize, x0: v128, x1: v128, add: bool): void {
  if (add) {
    x0 = v128.add<real>(v128.load(c), x0);
    x1 = v128.add<real>(v128.load(c, VECTOR), x1);
  }
  v128.store(c, x0);
  v128.store(c, x1, VECTOR);
}

/** The microkernel of a single row: c[8·LANES] (+)= sliver · eight vectors of columns. */
function rowTile(depth: i32, a: usize, b: usize, bStep: usize, add: bool, c: usize): void {
  let c0 = zero(), c1 = zero(), c2 = zero(), c3 = zero(), c4 = zero(), c5 = zero(), c6 = zero(), c7 = zero();
  const end = a + <usize>depth * SLIVER;
  do {
    const s = v128.load_splat<real>(a);
    c0 = madd(s, v128.load(b), c0);
    c1 = madd(s, v128.load(b, VECTOR), c1);
    c2 = madd(s, v128.load(b, 2 * VECTOR), c2);
    c3 = madd(s, v128.load(b, 3 * VECTOR), c3);
    c4 = madd(s, v128.load(b, 4 * VECTOR), c4);
    c5 = madd(s, v128.load(b, 5 * VECTOR), c5);
    c6 = madd(s, v128.load(b, 6 * VECTOR), c6);
    c7 = madd(s, v128.load(b, 7 * VECTOR), c7);
    b += bStep;
    a += SLIVER;
  } while (a < end);
  storeRow(c, c0, c1, add);
  storeRow(c + PANEL, c2, c3, add);
  storeRow(c + 2 * PANEL, c4, c5, add);
  storeRow(c + 3 * PANEL, c6, c7, add);
}

/** op(A)[rows][depth] times alpha, as slivers [k][4], one after the other. */
function packSlivers(trans: i32, rows: i32, depth: i32, alpha: real, a: usize, stride: usize, slivers: usize): void {
  for (let i = 0, height = 0; i < rows; i += height) {
    height = tileHeight(rows - i);
    if (trans) packAlong(height, depth, alpha, a + <usize>i * REAL, stride, slivers, SLIVER);
    else packAcross(height, depth, alpha, a + <usize>i * stride, stride, slivers, SLIVER);
    slivers += <usize>depth * SLIVER;
  }
}

/** op(B)[depth][columns] as panels [k][COLUMNS], one after the other, columns past the last zero. */
function packPanels(trans: i32, columns: i32, depth: i32, b: usize, stride: usize, panels: usize): void {
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
      y += LANES * yStep;
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

/** y[i] = scale · x[i·xStep]. */
function gather(n: i32, scale: real, x: usize, xStep: usize, y: usize): void {
  for (let i = 0; i < n; i++) store<real>(y + <usize>i * REAL, scale * load<real>(x + <usize>i * xStep));
}

/** y[i] (+)= Σ_k rows[i][k] · x[k] for `count` rows, four at a time; strides in bytes. */
function dots(count: i32, depth: i32, rows: usize, rowStep: usize, x: usize, add: bool, y: usize, yStep: usize): void {
  const whole = <usize>(depth & -LANES) * REAL;
  const end = <usize>depth * REAL;
  for (let i = 0; i < count; i += 4) {
    // Past the last row the last is read again; its sums are not stored.
    const p0 = rows + <usize>i * rowStep;
    const p1 = rows + <usize>min(i + 1, count - 1) * rowStep;
    const p2 = rows + <usize>min(i + 2, count - 1) * rowStep;
    const p3 = rows + <usize>min(i + 3, count - 1) * rowStep;
    let v0 = zero(), v1 = zero(), v2 = zero(), v3 = zero();
    let k: usize = 0;
    for (; k < whole; k += VECTOR) {
      const xk = v128.load(x + k);
      v0 = madd(xk, v128.load(p0 + k), v0);
      v1 = madd(xk, v128.load(p1 + k), v1);
      v2 = madd(xk, v128.load(p2 + k), v2);
      v3 = madd(xk, v128.load(p3 + k), v3);
    }
    let s0 = sumLanes(v0), s1 = sumLanes(v1), s2 = sumLanes(v2), s3 = sumLanes(v3);
    for (; k < end; k += REAL) {
      const xk = load<real>(x + k);
      s0 += xk * load<real>(p0 + k);
      s1 += xk * load<real>(p1 + k);
      s2 += xk * load<real>(p2 + k);
      s3 += xk * load<real>(p3 + k);
    }
    const at = y + <usize>i * yStep;
    storeSum(at, s0, add);
    if (i + 1 < count) storeSum(at + yStep, s1, add);
    if (i + 2 < count) storeSum(at + 2 * yStep, s2, add);
    if (i + 3 < count) storeSum(at + 3 * yStep, s3, add);
  }
}

// @ts-ignore: decorator
@inline function storeSum(y: usize, sum: real, add: bool): void {
  store<real>(y, add ? load<real>(y) + sum : sum);
}

/** y[i] (+)= s · x[i]. */
function scaledRow(n: i32, s: real, x: usize, add: bool, y: usize): void {
  const sv = v128.splat<real>(s);
  let i = 0;
  if (add) {
    for (; i <= n - LANES; i += LANES, x += VECTOR, y += VECTOR) v128.store(y, madd(sv, v128.load(x), v128.load(y)));
    for (; i < n; i++, x += REAL, y += REAL) store<real>(y, load<real>(y) + s * load<real>(x));
  } else {
    for (; i <= n - LANES; i += LANES, x += VECTOR, y += VECTOR) v128.store(y, v128.mul<real>(sv, v128.load(x)));
    for (; i < n; i++, x += REAL, y += REAL) store<real>(y, s * load<real>(x));
  }
}

/** `size` cut into equal blocks of at most `limit`, each but the last a multiple of `unit`. */
function blockOf(size: i32, limit: i32, unit: i32): i32 {
  const blocks = (size + limit - 1) / limit;
  return ((size + blocks - 1) / blocks + unit - 1) / unit * unit;
}

/** Address of op(X)[i][j]. */
// @ts-ignore: decorator
@inline function element(x: usize, trans: i32, i: i32, j: i32, stride: i32): usize {
  return x + <usize>(trans ? j * stride + i : i * stride + j) * REAL;
}
