// Real DFT of lines against its definition in f64, and synthesis against the transpose.

import { describe, expect, it } from "vitest";
import { BUILDS, type KernelBench, kernelBench } from "../support/kernels.ts";
import { relativeError, signals } from "../support/signals.ts";
import { DFT } from "../support/tolerances.ts";

/** Rows (c0, c1, s1, …) of the analysis, flat [2·orders − 1][n]. */
function matrix(n: number, orders: number): Float64Array {
  const rows = new Float64Array((2 * orders - 1) * n);
  for (let m = 0; m < orders; m++) {
    for (let k = 0; k < n; k++) {
      const angle = (2 * Math.PI * ((m * k) % n)) / n;
      rows[Math.max(0, 2 * m - 1) * n + k] = Math.cos(angle);
      if (m > 0) rows[2 * m * n + k] = Math.sin(angle);
    }
  }
  return rows;
}

/** A · x or Aᵀ · X for `lines` lines and every lane; arrays are [line][element][lane]. */
function apply(rows: Float64Array, n: number, transposed: boolean, input: ArrayLike<number>, lanes: number) {
  const coefficients = rows.length / n;
  const [inner, outer] = transposed ? [coefficients, n] : [n, coefficients];
  const lines = input.length / inner / lanes;
  const output = new Float64Array(lines * outer * lanes);
  for (let line = 0; line < lines; line++) {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const factor = transposed ? rows[i * n + o]! : rows[o * n + i]!;
        for (let lane = 0; lane < lanes; lane++) {
          output[(line * outer + o) * lanes + lane]! += factor * input[(line * inner + i) * lanes + lane]!;
        }
      }
    }
  }
  return output;
}

/** Runs one kernel on `lines` lines with gaps between elements and lines, and checks that the gaps stay as they were. */
function run(bench: KernelBench, n: number, orders: number, transposed: boolean, input: ArrayLike<number>) {
  const { k, lanes } = bench;
  const coefficients = 2 * orders - 1;
  const [inner, outer] = transposed ? [coefficients, n] : [n, coefficients];
  const lines = input.length / inner / lanes;
  const vector = 16;
  // Input: elements outermost, so that a line runs down the columns. Output: lines apart by one vector too many.
  const strided = new Float64Array(input.length);
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < inner; i++)
      for (let lane = 0; lane < lanes; lane++)
        strided[(i * lines + line) * lanes + lane] = input[(line * inner + i) * lanes + lane]!;
  const from = bench.put(strided);
  const guard = 12345;
  const to = bench.put(new Float64Array(lines * (outer + 1) * lanes).fill(guard));
  const table = bench.alloc(k.dftTableBytes!(n));
  k.dftTable!(n, table);
  const scratch = bench.alloc(k.dftScratchBytes!(n));
  const afterScratch = bench.put([guard]);
  const kernel = transposed ? k.synthesizeLines! : k.analyzeLines!;
  kernel(n, orders, lines, from, lines * vector, vector, to, vector, (outer + 1) * vector, table, scratch);
  const raw = bench.get(to, lines * (outer + 1) * lanes);
  const output: number[] = [];
  for (let line = 0; line < lines; line++) {
    const start = line * (outer + 1) * lanes;
    output.push(...raw.subarray(start, start + outer * lanes));
    for (const gap of raw.subarray(start + outer * lanes, start + (outer + 1) * lanes)) expect(gap).toBe(guard);
  }
  expect(bench.get(afterScratch, 1)[0]).toBe(guard);
  bench.reset();
  return output;
}

const maximalOrders = (n: number) => ((n - 1) >> 1) + 1;

describe.each(BUILDS)("DFT of lines, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 8);
  const tolerance = DFT[dtype];

  const check = (n: number, orders: number, lines: number) => {
    const rows = matrix(n, orders);
    for (const transposed of [false, true]) {
      const input = signals(lines * (transposed ? 2 * orders - 1 : n) * bench.lanes, n + orders, dtype);
      const error = relativeError(
        run(bench, n, orders, transposed, input),
        apply(rows, n, transposed, input, bench.lanes),
      );
      expect(error, `n = ${n}, orders = ${orders}, ${transposed ? "synthesis" : "analysis"}`).toBeLessThan(tolerance);
    }
  };

  it("agrees with the definition and its transpose for n = 1 … 64, all orders", () => {
    for (let n = 1; n <= 64; n++) {
      const most = maximalOrders(n);
      for (let orders = 1; orders <= most; orders += n < 24 ? 1 : 1 + (orders % 4)) check(n, orders, 2);
      check(n, most, 3);
    }
  });

  it("agrees for longer lines, prime ones too", () => {
    for (const n of [65, 80, 96, 97, 120, 127, 128, 240, 256, 257, 509]) {
      check(n, maximalOrders(n), 3);
      check(n, maximalOrders(n) >> 2, 2);
    }
  });

  it("does nothing for no lines", () => {
    expect(run(bench, 12, 6, false, [])).toEqual([]);
  });
});
