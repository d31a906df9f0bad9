// The one way in which operations multiply matrices: row-major, contiguous unless they say otherwise, with the scratch
// provided. A second operand that stays the same can be packed once.

import type { Engine } from "../tensor/engine.ts";

/** Where C and the operands are not contiguous and fresh. */
export interface GemmOptions {
  /** Numbers from one row to the next of A, B and C as they are stored; the length of a row by default. */
  readonly lda?: number;
  readonly ldb?: number;
  readonly ldc?: number;
  /** What was in C counts beta times: 0 by default. */
  readonly beta?: number;
}

/**
 * C = alpha · op(A) · op(B) + beta · C at pointers, op(A) [M][K], op(B) [K][N], C [M][N].
 * @param transposed whether A is stored as [K][M], and B as [N][K]
 */
export function gemm(
  engine: Engine,
  transposed: readonly [a: boolean, b: boolean],
  sizes: readonly [M: number, N: number, K: number],
  alpha: number,
  a: number,
  b: number,
  c: number,
  options: GemmOptions = {},
): void {
  const { kernels } = engine;
  const [M, N, K] = sizes;
  const [transA, transB] = transposed;
  const { lda = transA ? M : K, ldb = transB ? K : N, ldc = N, beta = 0 } = options;
  const scratch = engine.scratch(kernels.gemmScratchBytes(M, N, K));
  kernels.gemm(transA ? 1 : 0, transB ? 1 : 0, M, N, K, alpha, a, lda, b, ldb, beta, c, ldc, scratch);
}

/** C = A · B at pointers, A [M][K], C [M][N], with B [K][N] as `kernels.gemmPanels` packs it: the same bits as `gemm`. */
export function gemmPacked(
  engine: Engine,
  [M, N, K]: readonly [M: number, N: number, K: number],
  a: number,
  panels: number,
  c: number,
): void {
  const { kernels } = engine;
  const scratch = engine.scratch(kernels.gemmScratchBytes(M, N, K));
  kernels.gemmPacked(M, N, K, a, K, panels, c, N, scratch);
}
