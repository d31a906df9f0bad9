// Synthesis, rectifier and analysis of lines in one pass, against the three kernels one after the other.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { signals } from "../support/signals.ts";

/** Lengths with and without codelets, odd ones too; orders in, orders out. */
const CASES = [
  [1, 1, 1],
  [5, 3, 2],
  [6, 3, 1],
  [12, 1, 6],
  [12, 6, 1],
  [14, 7, 3],
  [18, 5, 9],
  [20, 10, 6],
  [20, 6, 10],
  [20, 10, 10],
  [30, 15, 7],
  [60, 30, 15],
] as const;

describe.each(BUILDS)("rectified lines, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 4);
  const { k, lanes } = bench;
  const vector = 16;
  const guard = 12345;

  /** Both ways on the same lines, spectra standing in columns. */
  const run = (n: number, ordersIn: number, ordersOut: number, lines: number, mode: "plain" | "record" | "masked") => {
    bench.reset();
    const [widthIn, widthOut] = [2 * ordersIn - 1, 2 * ordersOut - 1];
    const table = bench.alloc(k.dftTableBytes!(n));
    k.dftTable!(n, table);
    const scratch = bench.alloc(k.rectifyLinesScratchBytes!(n));
    const afterScratch = bench.put([guard]);
    const X = bench.put(signals(widthIn * lines * lanes, n + ordersIn, dtype));
    const Y = bench.put(new Float64Array((widthOut + 1) * lines * lanes).fill(guard));
    const expected = bench.put(new Float64Array((widthOut + 1) * lines * lanes).fill(guard));
    const samples = bench.alloc(n * lines * vector);
    const mask = bench.alloc(n * lines);
    const bytes = () => new Uint8Array(bench.view(0, 0).buffer, mask, n * lines);
    const pattern = Uint8Array.from({ length: n * lines }, (_, i) => ((i * 2654435761) >>> 11) & (2 ** lanes - 1));
    bytes().set(pattern);
    const [XStep, XLine, YStep, YLine] = [lines * vector, vector, vector, (widthOut + 1) * vector];
    const pointer = mode === "plain" ? 0 : mask;
    const masked = mode === "masked" ? 1 : 0;
    k.rectifyLines!(n, ordersIn, ordersOut, lines, X, XStep, XLine, Y, YStep, YLine, pointer, masked, table, scratch);

    k.synthesizeLines!(n, ordersIn, lines, X, XStep, XLine, samples, vector, n * vector, table, scratch);
    const x = bench.view(samples, n * lines * lanes);
    const positive = Uint8Array.from({ length: n * lines }, (_, i) =>
      Array.from(x.subarray(i * lanes, (i + 1) * lanes)).reduce(
        (bits, value, lane) => bits | (value > 0 ? 1 << lane : 0),
        0,
      ),
    );
    if (masked) {
      x.forEach((_, i) => {
        if (((pattern[Math.floor(i / lanes)]! >> (i % lanes)) & 1) === 0) x[i] = 0;
      });
    } else {
      k.reluForward!(n * lines * lanes, samples, samples);
    }
    k.analyzeLines!(n, ordersOut, lines, samples, vector, n * vector, expected, YStep, YLine, table, scratch);
    const count = (widthOut + 1) * lines * lanes;
    expect(bench.get(afterScratch, 1)[0]).toBe(guard);
    return {
      rectified: bench.get(Y, count),
      expected: bench.get(expected, count),
      mask: bytes().slice(),
      expectedMask: mode === "record" ? positive : pattern,
    };
  };

  it.each(["plain", "record", "masked"] as const)("gives the same bits as its parts: %s", (mode) => {
    for (const [n, ordersIn, ordersOut] of CASES) {
      for (const lines of [1, 4, 7]) {
        const { rectified, expected, mask, expectedMask } = run(n, ordersIn, ordersOut, lines, mode);
        expect(rectified, `n = ${n}, ${ordersIn} to ${ordersOut} orders`).toEqual(expected);
        expect(mask, `mask, n = ${n}, ${ordersIn} orders`).toEqual(expectedMask);
      }
    }
  });
});
