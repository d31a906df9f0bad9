// The generated codelets: every length and number of orders, through the kernels that dispatch to them.
// dft.test.ts compares all lengths with the definition; here are the transposition and the choice of a codelet.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { relativeError, signals } from "../support/signals.ts";

const LENGTHS = [4, 6, 8, 10, 12, 14, 16, 20, 24, 30, 32, 40, 48, 60, 64];

describe.each(BUILDS)("codelets, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 2);
  const { k, lanes } = bench;

  /** Analysis (or synthesis) of contiguous lines. */
  const run = (kernel: "analyzeLines" | "synthesizeLines", n: number, orders: number, input: ArrayLike<number>) => {
    bench.reset();
    const inner = (kernel === "analyzeLines" ? n : 2 * orders - 1) * 16;
    const outer = (kernel === "analyzeLines" ? 2 * orders - 1 : n) * 16;
    const lines = (input.length * (16 / lanes)) / inner;
    const table = bench.alloc(k.dftTableBytes!(n));
    k.dftTable!(n, table);
    const scratch = bench.alloc(k.dftScratchBytes!(n));
    const from = bench.put(input);
    const to = bench.alloc(lines * outer);
    k[kernel]!(n, orders, lines, from, 16, inner, to, 16, outer, table, scratch);
    return bench.get(to, (lines * outer * lanes) / 16);
  };
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

  it("has codelets for the common lengths, none for others, and never one with too few orders", () => {
    for (let n = 1; n <= 130; n++) {
      const all = ((n - 1) >> 1) + 1;
      for (let orders = 1; orders <= all; orders++) {
        const kept = k.codeletOrders!(n, orders);
        if (!LENGTHS.includes(n)) expect(kept).toBe(0);
        else expect(kept).toBeGreaterThanOrEqual(orders);
        expect(kept).toBeLessThanOrEqual(all);
      }
    }
    expect([k.codeletOrders!(60, 10), k.codeletOrders!(20, 6), k.codeletOrders!(20, 7)]).toEqual([10, 6, 10]);
  });

  it("synthesis is the transpose of analysis: ⟨Ax, y⟩ = ⟨x, Aᵀy⟩", () => {
    // Rounding of two sums of N products: √N·ε of ‖Ax‖‖y‖, well below this.
    const tolerance = dtype === "f64" ? 1e-15 : 5e-7;
    for (const n of LENGTHS) {
      for (let orders = 1; orders <= n / 2; orders++) {
        const x = signals(3 * n * lanes, n + orders, dtype);
        const y = signals(3 * (2 * orders - 1) * lanes, n - orders, dtype);
        const Ax = run("analyzeLines", n, orders, x);
        const left = dot(Ax, y);
        const right = dot(x, run("synthesizeLines", n, orders, y));
        const size = Math.sqrt(dot(Ax, Ax) * dot(y, y));
        expect(Math.abs(left - right) / size, `n = ${n}, orders = ${orders}`).toBeLessThan(tolerance);
      }
    }
  });

  it("fewer orders are a prefix of all orders", () => {
    const tolerance = dtype === "f64" ? 1e-15 : 5e-7;
    for (const n of LENGTHS) {
      const x = signals(n * lanes, n, dtype);
      const all = run("analyzeLines", n, n / 2, x);
      for (let orders = 1; orders < n / 2; orders++) {
        const some = run("analyzeLines", n, orders, x);
        expect(relativeError(some, all.subarray(0, some.length)), `n = ${n}, ${orders}`).toBeLessThan(tolerance);
      }
    }
  });
});
