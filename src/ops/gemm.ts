// The one way in which operations multiply matrices: contiguous, row-major, with the scratch provided.

import type { Engine } from "../tensor/engine.ts";

/**
 * C = alpha · op(A) · op(B) at pointers, op(A) [M][K], op(B) [K][N], C [M][N].
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
): void {
  const { kernels } = engine;
  const [M, N, K] = sizes;
  const scratch = engine.scratch(kernels.gemmScratchBytes(M, N, K));
  const lda = transposed[0] ? M : K;
  const ldb = transposed[1] ? K : N;
  kernels.gemm(transposed[0] ? 1 : 0, transposed[1] ? 1 : 0, M, N, K, alpha, a, lda, b, ldb, 0, c, N, scratch);
}
