// The transform on S² of a single signal: against the kernel for many signals, against direct sums, at high bandwidths.

import { describe, expect, it } from "vitest";
import { BUILDS, type KernelBench, kernelBench } from "../support/kernels.ts";
import { largestError, signals } from "../support/signals.ts";
import { TRANSFORM } from "../support/tolerances.ts";

/** Everything that the kernels take, in the memory of `bench`. */
class Transform {
  readonly n: number;
  readonly groups: number;
  readonly #weights: number;
  readonly #ones: number;
  readonly #degrees: number;
  readonly #dft: number;
  readonly #table: number;
  readonly #scratch: number;

  constructor(
    readonly bench: KernelBench,
    readonly bandwidth: number,
    readonly grid: number,
    readonly signals: number,
    readonly channels: number,
  ) {
    const { k, lanes } = bench;
    bench.reset();
    this.n = 2 * grid;
    this.groups = Math.ceil(signals / lanes);
    const weights = bench.alloc(16 * grid);
    k.quadratureWeights!(grid, weights);
    this.#weights = bench.put(bench.getF64(weights, this.n).map((w) => w / (4 * grid)));
    this.#ones = bench.put(new Float64Array(this.n).fill(1));
    this.#degrees = bench.put(Float64Array.from({ length: bandwidth }, (_, l) => 2 * l + 1));
    this.#dft = bench.alloc(k.dftTableBytes!(this.n));
    k.dftTable!(this.n, this.#dft);
    this.#table = bench.alloc(k.legendreTableBytes!(bandwidth, grid));
    k.legendreTable!(bandwidth, grid, this.#table, bench.alloc(k.legendreTableScratchBytes!()));
    this.#scratch = bench.alloc(k.s2SingleScratchBytes!(bandwidth, grid));
  }

  /** Numbers of the signals' groups and of the spectra. */
  get sizes() {
    const { n, groups, bench, bandwidth } = this;
    return { x: groups * n * n * bench.lanes, X: this.signals * bandwidth ** 2 };
  }

  analyze(x: number, X: number): void {
    const { signals, channels, grid, bandwidth } = this;
    for (let s = 0; s < signals; s++) {
      this.bench.k.s2AnalyzeSingle!(
        ...[s, signals, channels, grid, bandwidth, x, X],
        ...[this.#weights, this.#ones, this.#dft, this.#table, this.#scratch],
      );
    }
  }

  synthesize(X: number, x: number): void {
    const { signals, channels, grid, bandwidth } = this;
    for (let s = 0; s < signals; s++) {
      this.bench.k.s2SynthesizeSingle!(
        ...[s, signals, channels, grid, bandwidth, X, x],
        ...[this.#ones, this.#degrees, this.#dft, this.#table, this.#scratch],
      );
    }
  }

  /** The kernel whose lanes are signals. */
  manyAtOnce(kernel: "s2Analyze" | "s2Synthesize", from: number, to: number): void {
    const { signals, channels, grid, bandwidth, groups, bench } = this;
    const scratch = bench.alloc(bench.k.s2ScratchBytes!(bandwidth, grid, groups));
    const factors = kernel === "s2Analyze" ? [this.#weights, this.#ones] : [this.#ones, this.#degrees];
    bench.k[kernel]!(
      ...[signals, channels, grid, bandwidth, 0, groups, groups, from, to],
      ...[...factors, this.#dft, scratch],
    );
  }

  /** Weights of the quadrature over 4b. */
  get betaWeights(): ArrayLike<number> {
    return this.bench.get(this.#weights, this.n);
  }
}

/** Signals in groups, zeros in the lanes past the last one. */
function groupsOf(transform: Transform, seed: number): Float64Array {
  const { lanes, dtype } = transform.bench;
  const points = transform.n ** 2;
  return signals(transform.sizes.x, seed, dtype).map((value, i) =>
    Math.floor(i / (points * lanes)) * lanes + (i % lanes) < transform.signals ? value : 0,
  );
}

describe.each(BUILDS)("S² transform of single signals, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 8);

  it.each([
    [1, 1, 1, 1],
    [2, 2, 1, 1],
    [3, 3, 2, 1],
    [4, 4, 2, 2],
    [5, 7, 3, 3],
    [6, 10, 5, 5],
    [6, 10, 8, 4],
    [10, 30, 1, 1],
    [11, 11, 1, 1],
    [33, 33, 1, 1],
    [96, 100, 2, 1],
  ])(
    "is that of many at once: bandwidth %i on a grid of %i, %i signals, %i channels",
    (bandwidth, grid, count, channels) => {
      const transform = new Transform(bench, bandwidth, grid, count, channels);
      const { sizes } = transform;
      const x = bench.put(groupsOf(transform, grid));
      const X = bench.put(signals(sizes.X, bandwidth, dtype));
      const [single, many] = [sizes, sizes].map(({ x, X }) => ({
        x: bench.put(new Float64Array(x).fill(Number.NaN)),
        X: bench.put(new Float64Array(X).fill(Number.NaN)),
      })) as [{ x: number; X: number }, { x: number; X: number }];
      transform.analyze(x, single.X);
      transform.manyAtOnce("s2Analyze", x, many.X);
      expect(largestError(bench.get(single.X, sizes.X), bench.get(many.X, sizes.X))).toBeLessThan(TRANSFORM[dtype]);
      transform.synthesize(X, single.x);
      transform.manyAtOnce("s2Synthesize", X, many.x);
      expect(largestError(bench.get(single.x, sizes.x), bench.get(many.x, sizes.x))).toBeLessThan(TRANSFORM[dtype]);
    },
  );

  // Sums of 2048² numbers whose recurrences run over 512 steps: far beyond where d^l_{m0} is below the smallest f64.
  const b = dtype === "f64" ? 1024 : 256;
  // f32 rounds signals, weights and the sums of the DFT; the Legendre stage is in f64 in all builds.
  const tolerance = dtype === "f64" ? 1e-12 : 3e-6;

  it(`agrees with direct sums at b = ${b}, near the poles and the equator too`, () => {
    const bench = kernelBench(dtype, build, dtype === "f64" ? 192 : 16);
    const { k, lanes } = bench;
    const transform = new Transform(bench, b, b, 1, 1);
    const { n, sizes } = transform;
    const angles = bench.alloc(k.wignerAnglesBytes!(n));
    k.softAngles!(b, angles);
    const work = bench.alloc(k.wignerRowsScratchBytes!(n));

    // Forward: all degrees of some orders.
    const values = signals(n * n, 1, dtype);
    const x = bench.alloc(n * n * 16);
    const X = bench.alloc(sizes.X * (16 / lanes));
    const pointwise = bench.view(x, n * n * lanes);
    for (let i = 0; i < values.length; i++) pointwise[i * lanes] = values[i]!;
    transform.analyze(x, X);
    const spectrum = Float64Array.from(bench.get(X, sizes.X));
    const largest = spectrum.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const rows = bench.alloc(8 * b * n);
    const turns = Float64Array.from({ length: n }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    const weights = transform.betaWeights;
    for (const m of [0, 1, 2, b / 8 + 1, b / 2, b - 3, b - 1]) {
      k.wignerRows!(m, 0, b, n, angles, rows, work);
      const d = bench.getF64(rows, (b - m) * n);
      const [cosine, sine] = [new Float64Array(n), new Float64Array(n)];
      for (let j = 0; j < n; j++) {
        for (let k = 0; k < n; k++) {
          cosine[j]! += weights[j]! * values[j * n + k]! * turns[(m * k) % n]!;
          sine[j]! += weights[j]! * values[j * n + k]! * turns[(m * k + n - n / 4) % n]!;
        }
      }
      const scale = m > 0 ? Math.SQRT2 : 1;
      for (let l = m; l < b; l++) {
        let [c, s] = [0, 0];
        for (let j = 0; j < n; j++) {
          c += scale * d[(l - m) * n + j]! * cosine[j]!;
          s += scale * d[(l - m) * n + j]! * sine[j]!;
        }
        const found = spectrum.subarray(l * l + Math.max(0, 2 * m - 1));
        const error = Math.max(Math.abs(found[0]! - c), m > 0 ? Math.abs(found[1]! - s) : 0);
        if (!(error < tolerance * largest)) expect({ l, m, error: error / largest }).toBeUndefined();
      }
    }

    // Inverse: rings by the pole, in the middle, and on both sides of the equator, eight of them at a time.
    const coefficients = signals(b * b, 2, dtype);
    bench.view(X, b * b).set(coefficients);
    transform.synthesize(X, x);
    const signal = bench.view(x, n * n * lanes);
    let peak = 0;
    for (let i = 0; i < n * n; i++) peak = Math.max(peak, Math.abs(signal[i * lanes]!));
    const columns = [0, 1, Math.floor(n / 3), n - 1];
    for (const group of [0, n / 32, n / 16 - 1, n / 16, n / 8 - 1]) {
      const wanted = new Float64Array(8 * columns.length);
      for (let m = 0; m < b; m++) {
        k.wignerRows!(m, 0, b, 8, angles + 256 * group, rows, work);
        const d = bench.getF64(rows, (b - m) * 8);
        const scale = m > 0 ? Math.SQRT2 : 1;
        for (let j = 0; j < 8; j++) {
          let [c, s] = [0, 0];
          for (let l = m; l < b; l++) {
            const row = scale * (2 * l + 1) * d[(l - m) * 8 + j]!;
            c += row * coefficients[l * l + Math.max(0, 2 * m - 1)]!;
            if (m > 0) s += row * coefficients[l * l + 2 * m]!;
          }
          columns.forEach((column, i) => {
            wanted[j * columns.length + i]! += c * turns[(m * column) % n]! + s * turns[(m * column + n - n / 4) % n]!;
          });
        }
      }
      const found = Array.from(wanted, (_, i) => {
        const [j, column] = [8 * group + Math.floor(i / columns.length), columns[i % columns.length]!];
        return signal[(j * n + column) * lanes]!;
      });
      const error = Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!))) / peak;
      expect(error).toBeLessThan(tolerance);
    }

    // And back.
    transform.analyze(x, X);
    expect(largestError(bench.view(X, b * b), coefficients)).toBeLessThan(tolerance);
  });
});
