// A kernel's call in parts, whatever their number and order, writes the bits of the whole call, and nothing else.

import { describe, expect, test } from "vitest";
import { queueLayout } from "../../src/threads/queue.ts";
import { splitsFor } from "../../src/threads/splits.ts";
import type { Kernels } from "../../src/wasm/kernels.ts";
import { BUILDS, type KernelBench, kernelBench } from "../support/kernels.ts";
import { signals } from "../support/signals.ts";

/** Numbers in each of the arrays that a call gets. */
const COUNT = 24_576;

/** Stands in a call for an array of its own, filled with numbers. */
const A = "array";
type Call = (number | typeof A)[];
type Calls = (k: KernelBench["k"], lanes: number) => Call[];

const lengths = [1, 4096, 4097, 20_001];
const elementwise =
  (arrays: number, ...before: number[]): Calls =>
  () =>
    lengths.map((n) => [n, ...before, ...new Array<typeof A>(arrays).fill(A)]);

/** Sides of products: each path of the kernel, and whole and broken strips. */
const SIDES = [
  [1, 40],
  [3, 17],
  [40, 1],
  [33, 4],
  [4, 33],
  [5, 25],
  [16, 64],
  [17, 31],
  [90, 70],
] as const;
const DEPTHS = [1, 2, 19, 260];

const gemmCalls: Calls = () =>
  SIDES.flatMap(([M, N]) =>
    DEPTHS.flatMap((K) =>
      [0, 1, 2, 3].map((flags): Call => {
        const [transA, transB] = [flags & 1, flags >> 1];
        const [lda, ldb] = [(transA ? M : K) + 1, (transB ? K : N) + 2];
        return [transA, transB, M, N, K, 0.7, A, lda, A, ldb, flags % 2, A, N + 3, A];
      }),
    ),
  );
const packedCalls: Calls = () =>
  SIDES.flatMap(([M, N]) => DEPTHS.map((K): Call => [M, N, K, A, K + 1, A, A, N + 3, A]));

const CASES: Partial<Record<keyof Kernels, Calls>> = {
  gemm: gemmCalls,
  gemmPacked: packedCalls,
  transposeMiddle: () => [
    [1, 5, 7, 3, A, A],
    [7, 5, 6, 1, A, A],
    [4, 3, 5, 9, A, A],
  ],
  s2Analyze: (k, lanes) => s2Calls(k, lanes),
  s2Synthesize: (k, lanes) => s2Calls(k, lanes),
  so3Analyze: (k, lanes) => so3Calls(k, lanes),
  so3Synthesize: (k, lanes) => so3Calls(k, lanes),
  so3Rectify: (k, lanes) =>
    [0, 1].map((masked) => {
      const { signalCount, channels, grid, gammaGrid } = { signalCount: 14, channels: 7, grid: 4, gammaGrid: 3 };
      const [from, ordersFrom, to, ordersTo] = [4, 3, 3, 2];
      const tables = [so3Table(k, from, ordersFrom, grid), A, A, so3Table(k, to, ordersTo, grid), A, A] as const;
      const lines = [dftTable(k, 2 * grid), dftTable(k, 2 * gammaGrid)] as const;
      const sizes = [signalCount, channels, grid, gammaGrid, from, ordersFrom, to, ordersTo] as const;
      return [...sizes, 0, Math.ceil(signalCount / lanes), A, A, ...tables, ...lines, A, A, masked];
    }),
  packSignals: () => [1, 3, 8, 13].map((n) => [n, 37, A, A]),
  unpackSignals: () => [1, 3, 8, 13].map((n) => [n, 37, A, A]),
  betaWeightedSums: () => [1, 6, 13].map((n) => [n, 8, 11, A, A, A]),
  betaWeightedSpread: () => [1, 6, 13].map((n) => [n, 8, 11, A, A, A]),
  channelAffine: () => [1, 2, 3, 4, 6, 7].map((channels) => [9, channels, 25, A, A, A, A]),
  fill: () => lengths.map((n) => [n, 3.5, A]),
  copyScaled: elementwise(2, 0.3),
  axpy: elementwise(2, 0.3),
  add: elementwise(3),
  multiply: elementwise(3),
  reluForward: elementwise(2),
  reluBackward: elementwise(3),
  softplusForward: elementwise(2),
  softplusBackward: elementwise(3),
  addRowVector: () => [1, 8, 9, 50].map((rows) => [rows, 7, A, A]),
  columnAffine: () => [1, 8, 9, 50].map((rows) => [rows, 7, A, A, A, A]),
  adamStep: () => lengths.map((n) => [n, A, A, A, A, 0.01, 0.9, 0.999, 1e-8, 0.1, 0.001, 0.02]),
  sgdStep: () => lengths.flatMap((n) => [0, 1].map((first): Call => [n, A, A, A, 0.01, 0.9, 0.1, 0.02, first])),
};

/** Tables are arrays as well, here at fixed places after those of the calls. */
let tableBench: KernelBench;
const dftTable = (k: KernelBench["k"], n: number) => {
  const table = tableBench.alloc(k.dftTableBytes!(n));
  k.dftTable!(n, table);
  return table;
};
const so3Table = (k: KernelBench["k"], bandwidth: number, orders: number, grid: number) => {
  const table = tableBench.alloc(k.so3TableBytes!(bandwidth, orders, grid, 1));
  k.so3Table!(bandwidth, orders, grid, 1, table, tableBench.alloc(k.so3TableScratchBytes!(bandwidth, grid)));
  return table;
};
const so3Calls: Calls = (k, lanes) => {
  const [grid, bandwidth] = [4, 3];
  const [table, dft] = [so3Table(k, bandwidth, bandwidth, grid), dftTable(k, 2 * grid)];
  return [
    [14, 7],
    [16, 4],
  ].map(([signalCount, channels]) => {
    const groups = Math.ceil(signalCount! / lanes);
    const rest = new Array<number>(Math.max(0, k.so3Analyze!.length - 13)).fill(0);
    return [signalCount!, channels!, grid, bandwidth, 0, groups, A, A, table, A, A, dft, A, ...rest];
  });
};
const s2Calls: Calls = (k, lanes) => {
  const [grid, bandwidth] = [6, 4];
  const dft = dftTable(k, 2 * grid);
  return [2, 8].map((chunk) => [26, 13, grid, bandwidth, 0, Math.ceil(26 / lanes), chunk, A, A, A, A, dft, A]);
};

const shuffled = <T>(items: readonly T[]): T[] => [...items.slice(1).reverse(), ...items.slice(0, 1)];

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 8);
  const size = dtype === "f32" ? 4 : 8;
  const splits = splitsFor(size);

  test("every kernel that is divided is tested", () => {
    expect(Object.keys(CASES).sort()).toEqual([...splits.keys()].sort());
    const { slot } = queueLayout(1);
    for (const name of splits.keys())
      expect(bench.k[name]!.length + 3, `a slot's room for ${name}`).toBeLessThanOrEqual(slot);
  });

  test.each(Object.entries(CASES))("%s", (name, callsOf) => {
    const split = splits.get(name as keyof Kernels)!;
    bench.reset();
    tableBench = bench;
    const calls = callsOf(bench.k, bench.lanes);
    const most = Math.max(...calls.map((call) => call.filter((argument) => argument === A).length));
    // Adam's second moment, the fourth, has a root.
    const values = Array.from({ length: most }, (_, i) => signals(COUNT, i, dtype).map(i === 3 ? Math.abs : Number));
    const pointers = values.map((numbers) => bench.put(numbers));
    const numbers = bench.view(pointers[0]!, most * COUNT);
    const before = numbers.slice();
    for (const call of calls) {
      const free = [...pointers];
      const args = call.map((argument) => (argument === A ? free.shift()! : argument));
      /** All arrays after these calls, but for the scratch. */
      const run = (parts: readonly (readonly number[])[]) => {
        numbers.set(before);
        for (const part of parts) bench.k[name]!(...part);
        if (split.scratch) {
          const scratch = (args[split.scratch.place]! - pointers[0]!) / size;
          numbers.fill(0, scratch, scratch + COUNT);
        }
        return Buffer.from(numbers.slice().buffer);
      };
      const whole = run([args]);
      expect(whole.equals(run([])), `${name} does something`).toBe(false);
      const units = split.units(args);
      expect(units).toBeGreaterThanOrEqual(1);
      expect(split.nanoseconds(args)).toBeGreaterThan(0);
      for (const count of new Set([1, 2, 3, units].filter((n) => n <= units))) {
        const edges = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * units) / count));
        const parts = edges.slice(1).map((last, i) => split.part(args, edges[i]!, last));
        const same = run(shuffled(parts)).equals(whole);
        expect(same, `${name}(${args.join(", ")}) in ${count} of ${units} parts`).toBe(true);
      }
    }
  });
});
