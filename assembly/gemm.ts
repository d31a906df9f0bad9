// Real matrix product, C = alpha · op(A) · op(B) + beta · C, row-major, strides in elements; op(A) is M × K, op(B) K × N.
//
// The general path is the blocked product of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication",
// 2008). op(A) is cut into slivers of a few rows, already multiplied by alpha; op(B) into panels of two vectors (panels.ts),
// which the microkernels multiply (tiles.ts). A panel (DEEP · 2 vectors) stays in L1, a block of slivers (TALL · DEEP
// numbers) in L2. An op(B) that is multiplied often is packed once (`gemmPanels`, `gemmPacked`).
//
// With few rows a copy of B costs more than it saves, so B's own rows serve as panels; with very few rows or columns, and
// the other operand contiguous along k, the product is a set of dot products; with K = 1 it is an outer product. The path
// depends on the shape and the flags alone, so the order of summation is fixed.

import { sumLanes } from "./lanes";
import { COLUMNS, PANEL, ROWS, packPanels, packSlivers, sliverNumbers } from "./panels";
import { LANES, REAL, VECTOR, madd, zero } from "./simd";
import { CORNER, tiles } from "./tiles";

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
  const panels = (min(N, WIDE) + COLUMNS - 1) / COLUMNS * COLUMNS * deep;
  const blocks = CORNER + sliverNumbers(min(M, TALL), deep) + panels;
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
    blocked(transA, transB, M, N, K, alpha, A, lda, B, ldb, 0, accumulate, C, cRow, scratch);
  }
}

/** Bytes of op(B) in panels, 16-aligned. */
export function gemmPanelBytes(N: i32, K: i32): i32 {
  return (N + COLUMNS - 1) / COLUMNS * COLUMNS * K * <i32>REAL;
}

/** op(B), K × N, as panels [⌈N/COLUMNS⌉][K][COLUMNS] for `gemmPacked`; columns past the last are zero. */
export function gemmPanels(transB: i32, N: i32, K: i32, B: usize, ldb: i32, panels: usize): void {
  packPanels(transB, N, K, B, <usize>ldb * REAL, panels);
}

/**
 * C = A · op(B) with op(B) from `gemmPanels`: the same bits as `gemm` without flags, alpha 1 and beta 0, for M, N, K ≥ 1.
 * Scratch: `gemmScratchBytes`. A part of the columns, from a multiple of eight on and more than four of them, is the
 * product with the panels from panels + column · K numbers on.
 */
export function gemmPacked(
  M: i32, N: i32, K: i32, A: usize, lda: i32, panels: usize, C: usize, ldc: i32, scratch: usize,
): void {
  const aRow = <usize>lda * REAL, cRow = <usize>ldc * REAL;
  if (N <= FEW_DOTS) {
    for (let j = 0; j < N; j++) {
      gather(K, 1, panels + <usize>j * REAL, PANEL, scratch);
      dots(M, K, A, aRow, scratch, false, C + <usize>j * REAL, cRow);
    }
  } else if (K == 1) {
    for (let i = 0; i < M; i++) scaledRow(N, load<real>(A + <usize>i * aRow), panels, false, C + <usize>i * cRow);
  } else {
    blocked(0, 0, M, N, K, 1, A, lda, 0, 0, panels, false, C, cRow, scratch);
  }
}

/** The general path; in scratch lie a tile for what is not whole, a block of slivers and, unless `packed`, one of panels. */
function blocked(
  transA: i32, transB: i32, M: i32, N: i32, K: i32, alpha: real, A: usize, lda: i32, B: usize, ldb: i32, packed: usize,
  accumulate: bool, C: usize, cRow: usize, scratch: usize,
): void {
  const direct = packed == 0 && !transB && M <= FEW_ROWS && N >= COLUMNS;
  const deep = blockOf(K, DEEP, 1);
  const tall = blockOf(M, TALL, ROWS);
  const wide = direct ? N : blockOf(N, WIDE, COLUMNS);
  const bRow = <usize>ldb * REAL;
  const corner = scratch;
  const slivers = corner + <usize>CORNER * REAL;
  const panels = slivers + <usize>sliverNumbers(min(M, TALL), min(K, DEEP)) * REAL;
  for (let j0 = 0; j0 < N; j0 += wide) {
    const columns = min(wide, N - j0);
    for (let k0 = 0; k0 < K; k0 += deep) {
      const depth = min(deep, K - k0);
      let b = panels, bStep = PANEL, bNext = <usize>depth * PANEL;
      if (packed) {
        b = packed + <usize>(j0 * K + k0 * COLUMNS) * REAL;
        bNext = <usize>K * PANEL;
      } else if (direct) {
        b = element(B, transB, k0, j0, ldb);
        bStep = bRow;
        bNext = PANEL;
      } else {
        packPanels(transB, columns, depth, element(B, transB, k0, j0, ldb), bRow, panels);
      }
      for (let i0 = 0; i0 < M; i0 += tall) {
        const rows = min(tall, M - i0);
        packSlivers(transA, rows, depth, alpha, element(A, transA, i0, k0, lda), <usize>lda * REAL, slivers);
        const c = C + <usize>i0 * cRow + <usize>j0 * REAL;
        tiles(direct, rows, columns, depth, slivers, b, bStep, bNext, accumulate || k0 > 0, c, cRow, corner);
      }
    }
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
