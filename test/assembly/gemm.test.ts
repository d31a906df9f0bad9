// The real matrix product against the definition in f64: every tail, every transposition, strides wider than rows,
// and a rim of sentinels round C that must survive. With op(B) packed once it is the same product, bit for bit.

import { describe, expect, it } from "vitest";
import { BUILDS, type KernelBench, kernelBench } from "../support/kernels.ts";
import { GEMM } from "../support/tolerances.ts";

const SENTINEL = 777;

/** Deterministic numbers in (−1, 1) that f32 represents exactly. */
function numbers(count: number, seed: number): Float64Array {
  let state = (seed * 2654435761) >>> 0 || 1;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 9) - 4194304) / 4194304;
  });
}

interface Case {
  readonly transA: 0 | 1;
  readonly transB: 0 | 1;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly beta: 0 | 1;
  readonly alpha: number;
  /** Elements between the end of a row and the next row. */
  readonly gap: number;
}

/** Largest error of `gemm` over the case; NaN when a number outside C changed. */
function error(bench: KernelBench, { transA, transB, M, N, K, beta, alpha, gap }: Case): number {
  bench.reset();
  const lda = (transA ? M : K) + gap;
  const ldb = (transB ? K : N) + gap;
  const ldc = N + gap;
  const a = numbers((transA ? K : M) * lda, M + 7 * K);
  const b = numbers((transB ? N : K) * ldb, N + 5 * K);
  const rim = 8;
  const c = new Float64Array(2 * rim + M * ldc).fill(SENTINEL);
  const before = numbers(M * N, 3);
  for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) c[rim + i * ldc + j] = beta ? before[i * N + j]! : Number.NaN;
  const C = bench.put(c);
  const pA = bench.put(a);
  const pB = bench.put(b);
  const bytes = bench.k.gemmScratchBytes!(M, N, K);
  const scratch = bench.alloc(bytes);
  const guard = bench.put(new Float64Array(16).fill(SENTINEL));
  const offset = rim * (bench.dtype === "f32" ? 4 : 8);
  bench.k.gemm!(transA, transB, M, N, K, alpha, pA, lda, pB, ldb, beta, C + offset, ldc, scratch);
  if (bench.get(guard, 16).some((x) => x !== SENTINEL)) return Number.NaN;
  const got = bench.get(C, c.length);
  let worst = 0;
  for (let i = 0; i < M; i++)
    for (let j = 0; j < N; j++) {
      let sum = 0;
      for (let k = 0; k < K; k++)
        sum += a[transA ? k * lda + i : i * lda + k]! * b[transB ? j * ldb + k : k * ldb + j]!;
      const at = rim + i * ldc + j;
      const difference = Math.abs(got[at]! - (alpha * sum + (beta ? before[i * N + j]! : 0)));
      if (!(difference <= worst)) worst = difference;
      got[at] = SENTINEL;
    }
  return got.every((x) => x === SENTINEL) ? worst : Number.NaN;
}

describe.each(BUILDS)("gemm, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build);
  const expectRight = (c: Case) => expect(error(bench, c), JSON.stringify(c)).toBeLessThan(GEMM[dtype]);

  const flags = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b] as [0 | 1, 0 | 1]));
  it.each(flags)("transA %i, transB %i: every small size", (transA, transB) => {
    const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 11, 16, 17, 33];
    for (const M of sizes)
      for (const N of [...sizes, 41, 64])
        for (const K of [1, 2, 3, 4, 5, 8, 13]) {
          const beta = ((M + N + K) & 1) as 0 | 1;
          expectRight({ transA, transB, M, N, K, beta, alpha: K % 3 === 0 ? -0.5 : 1, gap: (M + K) % 3 });
        }
  });

  it.each(flags)("transA %i, transB %i: blocks along every axis", (transA, transB) => {
    for (const beta of [0, 1] as const) {
      expectRight({ transA, transB, M: 131, N: 37, K: 300, beta, alpha: 0.25, gap: 0 });
      expectRight({ transA, transB, M: 9, N: 1061, K: 30, beta, alpha: 1, gap: 1 });
      expectRight({ transA, transB, M: 3, N: 45, K: 600, beta, alpha: 1, gap: 0 });
      expectRight({ transA, transB, M: 301, N: 3, K: 270, beta, alpha: 2, gap: 3 });
    }
  });

  /** C from `gemm`, and from `gemmPacked` in one piece and in two that are cut at a multiple of eight columns. */
  function packedAndNot(transB: 0 | 1, M: number, N: number, K: number) {
    bench.reset();
    const { k, lanes } = bench;
    const size = 16 / lanes;
    const a = bench.put(numbers(M * K, M + 7 * K));
    const B = numbers(K * N, N + 5 * K);
    const b = bench.put(B);
    const stored = bench.put(transB ? B.map((_, i) => B[(i % K) * N + Math.floor(i / K)]!) : B);
    const bytes = k.gemmPanelBytes!(N, K);
    const panels = bench.alloc(bytes);
    const afterPanels = bench.put(new Float64Array(16).fill(SENTINEL));
    k.gemmPanels!(transB, N, K, stored, transB ? K : N, panels);
    expect(bench.get(afterPanels, 16).every((x) => x === SENTINEL)).toBe(true);
    const scratch = bench.alloc(k.gemmScratchBytes!(M, N, K));
    const guard = bench.put(new Float64Array(16).fill(SENTINEL));
    const [plain, packed, parts] = [0, 0, 0].map(() => bench.put(new Float64Array(M * N).fill(SENTINEL)));
    k.gemm!(0, 0, M, N, K, 1, a, K, b, N, 0, plain!, N, scratch);
    k.gemmPacked!(M, N, K, a, K, panels, packed!, N, scratch);
    const half = Math.floor(N / 16) * 8;
    for (const [from, to] of [
      [0, half],
      [half, N],
    ] as const) {
      if (from === to) continue;
      k.gemmPacked!(M, to - from, K, a, K, panels + from * K * size, parts! + from * size, N, scratch);
    }
    expect(bench.get(guard, 16).every((x) => x === SENTINEL)).toBe(true);
    return [plain!, packed!, parts!].map((pointer) => [...bench.get(pointer, M * N)]);
  }

  it.each([0, 1] as const)("packed panels give the same bits, transB %i", (transB) => {
    for (const M of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 15, 16, 17, 22, 35, 64, 131])
      for (const [N, K] of [
        ...[1, 2, 5, 7, 8, 16, 17, 24, 41].flatMap((N) => [1, 2, 7, 20].map((K) => [N, K] as const)),
        [40, 300],
        [1061, 9],
      ] as const) {
        const [plain, packed, parts] = packedAndNot(transB, M, N, K);
        expect(packed, `${M} × ${N} × ${K}`).toEqual(plain);
        expect(parts, `${M} × ${N} × ${K} in two parts`).toEqual(plain);
      }
  });

  it("an empty product clears or keeps C, and empty matrices are left alone", () => {
    expect(error(bench, { transA: 0, transB: 0, M: 3, N: 5, K: 0, beta: 0, alpha: 1, gap: 2 })).toBe(0);
    expect(error(bench, { transA: 0, transB: 1, M: 3, N: 5, K: 0, beta: 1, alpha: 1, gap: 2 })).toBe(0);
    expect(error(bench, { transA: 0, transB: 0, M: 0, N: 5, K: 4, beta: 0, alpha: 1, gap: 2 })).toBe(0);
    expect(error(bench, { transA: 1, transB: 0, M: 5, N: 0, K: 4, beta: 0, alpha: 1, gap: 2 })).toBe(0);
  });
});
