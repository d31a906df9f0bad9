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
// With few rows a copy of B costs more than it saves, so B's own rows serve as panels; with very few rows or columns, and
// the other operand contiguous along k, the product is a set of dot products; with K = 1 it is an outer product. The path
// depends on the shape and the flags alone, so the order of summation is fixed.

import { sumLanes } from "./lanes";
import { COLUMNS, PANEL, ROWS, SLIVER, packPanels, packSlivers, tileHeight } from "./panels";
import { LANES, REAL, VECTOR, madd, zero } from "./simd";

/** Largest block along K, M and N. */
// @ts-ignore: decorator
@inline const DEEP: i32 = 256;
// @ts-ignore: decorator
@inline const TALL: i32 = 64;
// @ts-ignore: decorator
@inline const WIDE: i32 = 512;
/** Up to this many rows B is read where it lies. */
// @ts-ignore: decorator
@inline const FEW_ROWS: i32 = 16;
/** Up to this many rows (columns) the product with a B (an A) that is contiguous along k is made of dot products. */
// @ts-ignore: decorator
@inline const FEW_DOTS: i32 = 4;

/** Bytes of scratch, 16-aligned, that `gemm` needs for any flags with these sizes. */
export function gemmScratchBytes(M: i32, N: i32, K: i32): i32 {
  const deep = min(K, DEEP);
  const slivers = (min(M, TALL) + ROWS - 1) / ROWS * ROWS * deep;
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
    for (let i = 0; i < M; i++) {
      scaledRow(N, load<real>(A + <usize>i * aDown), scratch, accumulate, C + <usize>i * cRow);
    }
  } else {
    blocked(transA, transB, M, N, K, alpha, A, lda, B, ldb, accumulate, C, cRow, scratch);
  }
}

/** The general path; in scratch lie a tile for what is not whole, a block of slivers and one of panels. */
function blocked(
  transA: i32, transB: i32, M: i32, N: i32, K: i32, alpha: real, A: usize, lda: i32, B: usize, ldb: i32,
  accumulate: bool, C: usize, cRow: usize, scratch: usize,
): void {
  const direct = !transB && M <= FEW_ROWS && N >= COLUMNS;
  const deep = blockOf(K, DEEP, 1);
  const tall = blockOf(M, TALL, ROWS);
  const wide = direct ? N : blockOf(N, WIDE, COLUMNS);
  const bRow = <usize>ldb * REAL;
  const corner = scratch;
  const slivers = corner + <usize>(ROWS * COLUMNS) * REAL;
  const panels = slivers + <usize>((min(M, TALL) + ROWS - 1) / ROWS * ROWS * min(K, DEEP)) * REAL;
  for (let j0 = 0; j0 < N; j0 += wide) {
    const columns = min(wide, N - j0);
    for (let k0 = 0; k0 < K; k0 += deep) {
      const depth = min(deep, K - k0);
      const b = element(B, transB, k0, j0, ldb);
      if (!direct) packPanels(transB, columns, depth, b, bRow, panels);
      for (let i0 = 0; i0 < M; i0 += tall) {
        const rows = min(tall, M - i0);
        packSlivers(transA, rows, depth, alpha, element(A, transA, i0, k0, lda), <usize>lda * REAL, slivers);
        const c = C + <usize>i0 * cRow + <usize>j0 * REAL;
        const add = accumulate || k0 > 0;
        if (direct) {
          const j = rows == 1 ? wideRow(columns, depth, slivers, b, bRow, add, c) : 0;
          const at = <usize>j * REAL;
          tiles(true, rows, columns - j, depth, slivers, b + at, bRow, PANEL, add, c + at, cRow, corner);
        } else {
          tiles(false, rows, columns, depth, slivers, panels, PANEL, <usize>depth * PANEL, add, c, cRow, corner);
        }
      }
    }
  }
}

/**
 * A block of C: all slivers times all panels. `b` is the first panel, `bStep` the bytes from one k to the next in it,
 * `bNext` the bytes from one panel to the next. Where the last panel is not whole, a packed one is padded with zeros,
 * and B itself (`direct`) is read from further left, so that the panel ends with the matrix.
 *
 * The loops stand in one function because V8 unrolls an innermost loop the more, the deeper it is nested.
 */
function tiles(
  direct: bool, rows: i32, columns: i32, depth: i32, slivers: usize, b: usize, bStep: usize, bNext: usize, add: bool,
  c: usize, cRow: usize, corner: usize,
): void {
  for (let j = 0; j < columns; j += COLUMNS, b += bNext, c += PANEL) {
    const left = columns - j;
    const whole = left >= COLUMNS;
    const shift = direct && !whole ? <usize>(COLUMNS - left) * REAL : 0;
    const panel = b - shift;
    let a = slivers;
    for (let i = 0, height = 0; i < rows; i += height, a += <usize>depth * SLIVER) {
      height = tileHeight(rows - i);
      const at = c + <usize>i * cRow;
      const target = whole ? at : corner;
      const targetRow = whole ? cRow : PANEL;
      const targetAdd = whole && add;
      if (height == 4) tile(4, a, panel, bStep, depth, targetAdd, target, targetRow);
      else if (height == 3) tile(3, a, panel, bStep, depth, targetAdd, target, targetRow);
      else if (height == 2) tile(2, a, panel, bStep, depth, targetAdd, target, targetRow);
      else tile(1, a, panel, bStep, depth, targetAdd, target, targetRow);
      if (!whole) copyCorner(height, left, corner + shift, add, at, cRow);
    }
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

/** The microkernel: c[height][COLUMNS] (+)= sliver · panel. `height` is a constant, so the other rows vanish. */
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

// @ts-ignore: decorator
@inline function storeRow(c: usize, x0: v128, x1: v128, add: bool): void {
  if (add) {
    x0 = v128.add<real>(v128.load(c), x0);
    x1 = v128.add<real>(v128.load(c, VECTOR), x1);
  }
  v128.store(c, x0);
  v128.store(c, x1, VECTOR);
}

/** The first columns of a block with a single row, eight vectors at a time; returns how many. */
function wideRow(columns: i32, depth: i32, sliver: usize, b: usize, bStep: usize, add: bool, c: usize): i32 {
  let j = 0;
  for (; j <= columns - 8 * LANES; j += 8 * LANES, c += 8 * VECTOR) {
    let c0 = zero(), c1 = zero(), c2 = zero(), c3 = zero(), c4 = zero(), c5 = zero(), c6 = zero(), c7 = zero();
    let p = b + <usize>j * REAL;
    for (let a = sliver; a < sliver + <usize>depth * SLIVER; a += SLIVER, p += bStep) {
      const s = v128.load_splat<real>(a);
      c0 = madd(s, v128.load(p), c0);
      c1 = madd(s, v128.load(p, VECTOR), c1);
      c2 = madd(s, v128.load(p, 2 * VECTOR), c2);
      c3 = madd(s, v128.load(p, 3 * VECTOR), c3);
      c4 = madd(s, v128.load(p, 4 * VECTOR), c4);
      c5 = madd(s, v128.load(p, 5 * VECTOR), c5);
      c6 = madd(s, v128.load(p, 6 * VECTOR), c6);
      c7 = madd(s, v128.load(p, 7 * VECTOR), c7);
    }
    storeRow(c, c0, c1, add);
    storeRow(c + PANEL, c2, c3, add);
    storeRow(c + 2 * PANEL, c4, c5, add);
    storeRow(c + 3 * PANEL, c6, c7, add);
  }
  return j;
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
