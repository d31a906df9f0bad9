// The transform on SO(3) at the level of its kernels, many signals at a time and single ones: synthesis against its
// definition, analysis as the transpose of synthesis, for every number of degrees that an order can have up to 12.

import { describe, expect, it } from "vitest";
import { BUILDS, type KernelBench, kernelBench } from "../support/kernels.ts";
import { largestError, signals } from "../support/signals.ts";
import { TRANSFORM } from "../support/tolerances.ts";

/** Coefficients of the degrees below `bandwidth`. */
const spectrumLength = (bandwidth: number) => (bandwidth * (4 * bandwidth ** 2 - 1)) / 3;

/** A group of signals on the grid, weights and tables in the memory of `bench`; a channel is a signal. */
class Transform {
  readonly n: number;
  readonly weights: Float64Array;
  readonly scales: Float64Array;
  /** What the kernels take after the signals and the spectra, for many signals and for single ones. */
  readonly #many: readonly number[];
  readonly #single: readonly number[];

  constructor(
    readonly bench: KernelBench,
    readonly bandwidth: number,
    readonly grid: number,
  ) {
    const { k, lanes, dtype } = bench;
    bench.reset();
    this.n = 2 * grid;
    const random = signals(grid, 3, dtype);
    this.weights = Float64Array.from({ length: this.n }, (_, j) => random[Math.min(j, this.n - 1 - j)]!);
    this.scales = signals(bandwidth, 4, dtype);
    const dft = bench.alloc(k.dftTableBytes!(this.n));
    k.dftTable!(this.n, dft);
    const common = [bench.put(this.weights), bench.put(this.scales), dft];
    const work = bench.alloc(k.so3TableScratchBytes!(bandwidth, grid));
    const last = (rings: number, scratchBytes: number) => {
      const table = bench.alloc(k.so3TableBytes!(bandwidth, bandwidth, grid, rings));
      k.so3Table!(bandwidth, bandwidth, grid, rings, table, work);
      return [table, ...common, bench.alloc(scratchBytes), 0];
    };
    this.#many = last(1, k.so3ScratchBytes!(bandwidth, grid));
    this.#single = last(lanes, k.so3SingleScratchBytes!(bandwidth, grid));
  }

  /** Numbers of the group and of the spectra of all its lanes. */
  get sizes() {
    return { x: this.n ** 3 * this.bench.lanes, X: spectrumLength(this.bandwidth) * this.bench.lanes };
  }

  analyze(single: boolean, x: number, X: number): void {
    const { k, lanes } = this.bench;
    const first = [lanes, lanes, this.grid, this.bandwidth];
    if (single) k.so3AnalyzeSingle!(...first, x, X, ...this.#single);
    else k.so3Analyze!(...first, 0, 1, x, X, ...this.#many);
  }

  synthesize(single: boolean, X: number, x: number): void {
    const { k, lanes } = this.bench;
    const first = [lanes, lanes, this.grid, this.bandwidth];
    if (single) k.so3SynthesizeSingle!(...first, X, x, ...this.#single);
    else k.so3Synthesize!(...first, 0, 1, X, x, ...this.#many);
  }
}

/**
 * The signal in lane `lane` whose spectra are X, from the definition: with d = d^l_mn(β), e = (−1)ⁿ d^l_{m,−n}(β), the
 * orders m, n > 0 of a ring are
 *
 *   cc: (d + e) X_cc + (d − e) X_ss    cs: (d − e) X_sc − (d + e) X_cs
 *   ss: (e − d) X_cc − (d + e) X_ss    sc: (d + e) X_sc − (d − e) X_cs
 *
 * and those on an axis √2 d X, with −√2 d X for the sine of γ.
 */
function synthesisByDefinition(
  { bench, bandwidth, grid, n, weights, scales }: Transform,
  X: Float64Array,
  lane: number,
) {
  const { k, lanes } = bench;
  const scratch = bench.alloc(k.wignerSmallDEntryScratchBytes!());
  const width = 2 * bandwidth - 1;
  const wave = (r: number, i: number) => {
    const turn = (2 * Math.PI * Math.ceil(r / 2) * i) / n;
    return r % 2 === 1 || r === 0 ? Math.cos(turn) : Math.sin(turn);
  };
  const waves = Array.from({ length: width }, (_, r) => Array.from({ length: n }, (_, i) => wave(r, i)));
  const x = new Float64Array(n ** 3);
  for (let j = 0; j < n; j++) {
    const plane = new Float64Array(width * width);
    const beta = (Math.PI * (2 * j + 1)) / (4 * grid);
    for (let l = 0; l < bandwidth; l++) {
      const factor = weights[j]! * scales[l]!;
      const small = (m: number, n: number) => k.wignerSmallDEntry!(l, m, n, beta, scratch) as number;
      const at = (r: number, c: number) => factor * X[(spectrumLength(l) + r * (2 * l + 1) + c) * lanes + lane]!;
      const add = (r: number, c: number, value: number) => {
        plane[r * width + c]! += value;
      };
      add(0, 0, small(0, 0) * at(0, 0));
      for (let m = 1; m <= l; m++) {
        const [c, s] = [2 * m - 1, 2 * m];
        add(c, 0, Math.SQRT2 * small(m, 0) * at(c, 0));
        add(s, 0, Math.SQRT2 * small(m, 0) * at(s, 0));
        add(0, c, Math.SQRT2 * small(0, m) * at(0, c));
        add(0, s, -Math.SQRT2 * small(0, m) * at(0, s));
        for (let k = 1; k <= l; k++) {
          const [d, e] = [small(m, k), (-1) ** k * small(m, -k)];
          const [cc, cs, sc, ss] = [at(c, 2 * k - 1), at(c, 2 * k), at(s, 2 * k - 1), at(s, 2 * k)];
          add(c, 2 * k - 1, (d + e) * cc + (d - e) * ss);
          add(c, 2 * k, (d - e) * sc - (d + e) * cs);
          add(s, 2 * k - 1, (d + e) * sc - (d - e) * cs);
          add(s, 2 * k, (e - d) * cc - (d + e) * ss);
        }
      }
    }
    for (let a = 0; a < n; a++) {
      for (let c = 0; c < width; c++) {
        const line = waves.reduce((sum, wave, r) => sum + wave[a]! * plane[r * width + c]!, 0);
        for (let g = 0; g < n; g++) x[(j * n + a) * n + g]! += line * waves[c]![g]!;
      }
    }
  }
  return x;
}

describe.each(BUILDS)("SO(3) transform, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 16);
  const { lanes } = bench;

  describe.each([
    [1, 1],
    [2, 2],
    [3, 5],
    [4, 4],
    [6, 10],
    [9, 9],
    [12, 13],
  ])("bandwidth %i on a grid of %i", (bandwidth, grid) => {
    const fresh = () => {
      const transform = new Transform(bench, bandwidth, grid);
      return { transform, ...transform.sizes };
    };

    it.each([false, true])("synthesizes by the definition, single signals: %s", (single) => {
      const { transform, x, X } = fresh();
      const spectra = signals(X, 1, dtype);
      const out = bench.put(new Float64Array(x).fill(Number.NaN));
      transform.synthesize(single, bench.put(spectra), out);
      const lane = lanes - 1;
      const got = bench.get(out, x).filter((_, i) => i % lanes === lane);
      expect(largestError(got, synthesisByDefinition(transform, spectra, lane))).toBeLessThan(TRANSFORM[dtype]);
    });

    it.each([false, true])("analyzes by the transpose, single signals: %s", (single) => {
      const { transform, x, X } = fresh();
      const [values, spectra] = [signals(x, 1, dtype), signals(X, 2, dtype)];
      const [out, back] = [bench.put(new Float64Array(x)), bench.put(new Float64Array(X).fill(Number.NaN))];
      transform.synthesize(false, bench.put(spectra), out);
      transform.analyze(single, bench.put(values), back);
      const [signal, spectrum] = [bench.get(out, x), bench.get(back, X)];
      for (let lane = 0; lane < lanes; lane++) {
        const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
          let [sum, size] = [0, 0];
          for (let i = lane; i < a.length; i += lanes) {
            sum += a[i]! * b[i]!;
            size += (a[i]! * b[i]!) ** 2;
          }
          return { sum, size: Math.sqrt(size) };
        };
        const [there, here] = [dot(values, signal), dot(spectrum, spectra)];
        expect(Math.abs(there.sum - here.sum) / Math.max(there.size, here.size)).toBeLessThan(TRANSFORM[dtype]);
      }
    });
  });
});
