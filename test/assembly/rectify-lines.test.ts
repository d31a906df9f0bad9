// Synthesis, rectifier and analysis of lines in one pass, against the three kernels one after the other: the same bits where
// lines are rectified whole, the same numbers where it is done by residue classes.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { relativeError, signals } from "../support/signals.ts";
import { DFT } from "../support/tolerances.ts";

/** Lengths with and without codelets, odd ones too; orders in, orders out. */
const CASES = [
  [1, 1, 1],
  [16, 8, 5],
  [5, 3, 2],
  [6, 3, 1],
  [12, 1, 6],
  [12, 6, 1],
  [12, 6, 6],
  [12, 4, 3],
  [10, 5, 5],
  [14, 7, 3],
  [18, 5, 9],
  [20, 10, 6],
  [20, 6, 10],
  [20, 10, 10],
  [24, 12, 7],
  [30, 15, 7],
  [40, 20, 20],
  [48, 24, 1],
  [60, 30, 15],
  [60, 1, 30],
] as const;

type Mode = "plain" | "record" | "masked";

describe.each(BUILDS)("rectified lines, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 4);
  const { k, lanes } = bench;
  const vector = 16;
  const guard = 12345;

  /** Both ways on the same lines; the spectra stand in columns, or side by side. */
  const run = (n: number, ordersIn: number, ordersOut: number, lines: number, mode: Mode, columns: boolean) => {
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
    const side = (width: number) => (columns ? [lines * vector, vector] : [vector, width * vector]) as [number, number];
    const [XStep, XLine] = side(widthIn);
    const [YStep, YLine] = side(widthOut + 1);
    const pointer = mode === "plain" ? 0 : mask;
    const masked = mode === "masked" ? 1 : 0;
    k.rectifyLines!(n, ordersIn, ordersOut, lines, X, XStep, XLine, Y, YStep, YLine, pointer, masked, table, scratch);

    k.synthesizeLines!(n, ordersIn, lines, X, XStep, XLine, samples, vector, n * vector, table, scratch);
    const x = bench.view(samples, n * lines * lanes);
    // Byte p·b + a of a line is for sample a of residue class b.
    const p = k.classSize!(n);
    const sampleOf = (place: number) =>
      place - (place % n) + (((n / p) * (place % p) + p * Math.floor((place % n) / p)) % n);
    const places = Array.from({ length: n * lines }, (_, place) => place);
    const positive = Uint8Array.from(places, (place) =>
      Array.from(x.subarray(sampleOf(place) * lanes, (sampleOf(place) + 1) * lanes)).reduce(
        (bits, value, lane) => bits | (value > 0 ? 1 << lane : 0),
        0,
      ),
    );
    if (masked) {
      for (const place of places)
        for (let lane = 0; lane < lanes; lane++)
          if (((pattern[place]! >> lane) & 1) === 0) x[sampleOf(place) * lanes + lane] = 0;
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

  it.each(["plain", "record", "masked"] as const)("gives what its parts give: %s", (mode) => {
    for (const [n, ordersIn, ordersOut] of CASES) {
      for (const lines of [1, 4, 7, 52, 53]) {
        const { rectified, expected, mask, expectedMask } = run(n, ordersIn, ordersOut, lines, mode, lines % 2 === 0);
        const what = `n = ${n}, ${ordersIn} to ${ordersOut} orders`;
        if (k.classSize!(n) === 1) expect(rectified, what).toEqual(expected);
        else expect(relativeError(rectified, expected), what).toBeLessThan(DFT[dtype]);
        expect(mask, `mask, ${what}`).toEqual(expectedMask);
      }
    }
  });

  it("passes NaN on and keeps it out of the mask", () => {
    for (const n of [12, 16]) {
      bench.reset();
      const table = bench.alloc(k.dftTableBytes!(n));
      k.dftTable!(n, table);
      const scratch = bench.alloc(k.rectifyLinesScratchBytes!(n));
      const X = bench.put(Array.from({ length: 3 * lanes }, (_, i) => (i % lanes === 0 ? Number.NaN : 1)));
      const Y = bench.alloc(3 * vector);
      const mask = bench.alloc(n);
      k.rectifyLines!(n, 2, 2, 1, X, vector, 0, Y, vector, 0, mask, 0, table, scratch);
      expect(bench.get(Y, 3 * lanes)[0]).toBeNaN();
      expect(Number.isFinite(bench.get(Y, 3 * lanes)[1])).toBe(true);
      for (const byte of new Uint8Array(bench.view(0, 0).buffer, mask, n)) expect(byte & 1).toBe(0);
    }
  });
});
