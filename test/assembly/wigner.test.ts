// Wigner d: reference tensors, closed forms, symmetries, orthogonality, and degrees up to 2047 against exact arithmetic.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { referenceTensors } from "../support/reference.ts";
import { signals } from "../support/signals.ts";
import { exactWignerD, halfAngle, halfTurn, oracleBits } from "../support/wigner-oracle.ts";

const bench = kernelBench("f64", "plain");
const lowest = (m: number, n: number) => Math.max(Math.abs(m), Math.abs(n));

/** d^l_mn(β_j) for l0 ≤ l < bandwidth as rows, by `wignerRows`. */
function rows(m: number, n: number, bandwidth: number, betas: readonly number[], q = bench): Float64Array[] {
  q.reset();
  const count = betas.length;
  const angles = q.alloc(q.k.wignerAnglesBytes!(count));
  q.k.wignerAngles!(count, q.putF64(betas), angles);
  const degrees = bandwidth - lowest(m, n);
  const out = q.alloc(degrees * count * 8);
  q.k.wignerRows!(m, n, bandwidth, count, angles, out, q.alloc(q.k.wignerRowsScratchBytes!(count)));
  return Array.from({ length: degrees }, (_, i) => q.getF64(out + i * count * 8, count));
}

/** d^l_mn(β_j) of the last degree. */
function row(l: number, m: number, n: number, betas: readonly number[], q = bench): Float64Array {
  return rows(m, n, l + 1, betas, q).at(-1)!;
}

/** The matrix d^l(β), row-major. */
function matrix(l: number, beta: number, q = bench): Float64Array {
  q.reset();
  const out = q.alloc((2 * l + 1) ** 2 * 8);
  q.k.wignerSmallD!(l, beta, out, q.alloc(q.k.wignerSmallDScratchBytes!(l)));
  return q.getF64(out, (2 * l + 1) ** 2);
}

function entry(l: number, m: number, n: number, beta: number, q = bench): number {
  q.reset();
  return q.k.wignerSmallDEntry!(l, m, n, beta, q.alloc(q.k.wignerSmallDEntryScratchBytes!()));
}

function orders(l: number, step = 1): [number, number][] {
  const range = Array.from({ length: Math.floor((2 * l) / step) + 1 }, (_, i) => -l + i * step);
  return range.flatMap((m) => range.map((n): [number, number] => [m, n]));
}

const largest = (values: Iterable<number>) => {
  let worst = 0;
  for (const value of values) worst = Math.max(worst, Number.isNaN(value) ? Infinity : Math.abs(value));
  return worst;
};

describe("reference tensors", () => {
  const reference = referenceTensors("wigner_d");
  const betas = [...reference.get("betas")!.values];

  it.each(BUILDS)("$dtype $build reproduces each within 1e-12", ({ dtype, build }) => {
    const q = kernelBench(dtype, build);
    let compared = 0;
    for (const [name, { shape, values }] of reference) {
      const l = Number(name.match(/_l(\d+)$/)?.[1]);
      if (name.startsWith("d_full")) {
        const mine = shape[0] === 3 ? betas.slice(1, 4) : betas;
        const size = (2 * l + 1) ** 2;
        mine.forEach((beta, i) => {
          const d = matrix(l, beta, q);
          expect(largest(d.map((x, k) => x - values[i * size + k]!))).toBeLessThan(1e-12);
        });
        for (const [m, n] of orders(l)) {
          const k = (m + l) * (2 * l + 1) + n + l;
          expect(largest(row(l, m, n, mine, q).map((x, i) => x - values[i * size + k]!))).toBeLessThan(1e-12);
        }
        compared++;
      } else if (name.startsWith("d_samples")) {
        const pairs = reference.get(`mn_l${l}`)!.values;
        for (let k = 0; k < shape[1]!; k++) {
          const d = row(l, pairs[2 * k]!, pairs[2 * k + 1]!, betas, q);
          expect(largest(d.map((x, i) => x - values[i * shape[1]! + k]!))).toBeLessThan(1e-12);
        }
        compared++;
      }
    }
    expect(compared).toBe(10);
  });
});

describe("what the definition demands", () => {
  const betas = [0, 1e-9, 0.2, 1, Math.PI / 2, 1.6, 2.7, Math.PI - 1e-9, Math.PI];

  it("has the textbook's closed forms for l ≤ 2", () => {
    for (const beta of betas) {
      const [c, s] = [Math.cos(beta), Math.sin(beta)];
      const closed: [number, number, number, number][] = [
        [0, 0, 0, 1],
        [1, 0, 0, c],
        [1, 1, 0, -s / Math.SQRT2],
        [1, 0, 1, s / Math.SQRT2],
        [1, 1, 1, (1 + c) / 2],
        [1, 1, -1, (1 - c) / 2],
        [2, 2, 2, ((1 + c) / 2) ** 2],
        [2, 2, 1, (-s * (1 + c)) / 2],
        [2, 2, 0, Math.sqrt(3 / 8) * s * s],
        [2, 2, -1, (-s * (1 - c)) / 2],
        [2, 2, -2, ((1 - c) / 2) ** 2],
        [2, 1, 1, (2 * c * c + c - 1) / 2],
        [2, 1, 0, -Math.sqrt(3 / 2) * s * c],
        [2, 1, -1, (-2 * c * c + c + 1) / 2],
        [2, 0, 0, (3 * c * c - 1) / 2],
      ];
      for (const [l, m, n, value] of closed) {
        expect(Math.abs(entry(l, m, n, beta) - value)).toBeLessThan(1e-15);
        expect(Math.abs(matrix(l, beta)[(m + l) * (2 * l + 1) + n + l]! - value)).toBeLessThan(1e-15);
      }
    }
  });

  it("is the identity at β = 0 and (−1)^{l+n} δ_{m,−n} at β = π", () => {
    for (const l of [0, 1, 2, 7, 40]) {
      for (const [m, n] of orders(l)) {
        const k = (m + l) * (2 * l + 1) + n + l;
        const [north, south] = [m === n ? 1 : 0, m === -n ? (-1) ** (l + n) : 0];
        expect(entry(l, m, n, 0)).toBe(north);
        expect(matrix(l, 0)[k]).toBe(north);
        // The double next to π is 1.2e-16 from it.
        expect(Math.abs(entry(l, m, n, Math.PI) - south)).toBeLessThan(1e-14);
        expect(Math.abs(matrix(l, Math.PI)[k]! - south)).toBeLessThan(1e-14);
      }
    }
  });

  it("obeys the symmetries in the orders and in β, outside [0, π] too", () => {
    const [l, beta] = [23, 0.9];
    for (const [m, n] of orders(l, 3)) {
      const d = entry(l, m, n, beta);
      const sign = (-1) ** (m - n);
      const equal = [
        sign * entry(l, n, m, beta),
        sign * entry(l, -m, -n, beta),
        entry(l, -n, -m, beta),
        (-1) ** (l + m) * entry(l, m, -n, Math.PI - beta),
        (-1) ** (l + n) * entry(l, -m, n, Math.PI - beta),
        entry(l, n, m, -beta),
        entry(l, m, n, beta + 2 * Math.PI),
      ];
      expect(largest(equal.map((x) => x - d))).toBeLessThan(1e-14);
    }
  });

  it("composes: d(β) d(β') = d(β + β'), so the matrices are orthogonal", () => {
    for (const l of [1, 6, 50]) {
      const width = 2 * l + 1;
      const multiply = (a: Float64Array, b: Float64Array) =>
        Float64Array.from({ length: width * width }, (_, k) => {
          let sum = 0;
          for (let p = 0; p < width; p++) sum += a[Math.floor(k / width) * width + p]! * b[p * width + (k % width)]!;
          return sum;
        });
      const product = multiply(matrix(l, 0.7), matrix(l, 1.9));
      expect(largest(matrix(l, 2.6).map((x, k) => x - product[k]!))).toBeLessThan(1e-13);
      const identity = multiply(matrix(l, 1.9), matrix(l, -1.9));
      expect(largest(matrix(l, 0).map((x, k) => x - identity[k]!))).toBeLessThan(1e-13);
    }
  });

  it("degrees of the same orders are orthogonal under the quadrature of the SOFT grid", () => {
    const b = 20;
    for (const [m, n] of [
      [0, 0],
      [3, 0],
      [5, -2],
      [-7, 7],
      [19, 4],
    ] as const) {
      bench.reset();
      const weights = bench.alloc(2 * b * 8);
      bench.k.quadratureWeights!(b, weights);
      const w = bench.getF64(weights, 2 * b);
      const angles = bench.alloc(bench.k.wignerAnglesBytes!(2 * b));
      bench.k.softAngles!(b, angles);
      const degrees = b - lowest(m, n);
      const out = bench.alloc(degrees * 2 * b * 8);
      bench.k.wignerRows!(m, n, b, 2 * b, angles, out, bench.alloc(bench.k.wignerRowsScratchBytes!(2 * b)));
      const d = bench.getF64(out, degrees * 2 * b);
      for (let i = 0; i < degrees; i++) {
        for (let k = 0; k < degrees; k++) {
          let sum = 0;
          for (let j = 0; j < 2 * b; j++) sum += w[j]! * d[i * 2 * b + j]! * d[k * 2 * b + j]!;
          const wanted = i === k ? 2 / (2 * (lowest(m, n) + i) + 1) : 0;
          expect(Math.abs(sum - wanted)).toBeLessThan(1e-14);
        }
      }
    }
  });

  it("wignerDMatrix is e^{imα} d_mn e^{inγ}", () => {
    const [l, alpha, beta, gamma] = [9, 1.1, 2.3, -4.2];
    const size = (2 * l + 1) ** 2;
    const d = matrix(l, beta);
    bench.reset();
    const [re, im] = [bench.alloc(size * 8), bench.alloc(size * 8)];
    bench.k.wignerDMatrix!(l, alpha, beta, gamma, re, im, bench.alloc(bench.k.wignerDMatrixScratchBytes!(l)));
    const [real, imaginary] = [bench.getF64(re, size), bench.getF64(im, size)];
    orders(l).forEach(([m, n], k) => {
      const phase = m * alpha + n * gamma;
      expect(Math.abs(real[k]! - d[k]! * Math.cos(phase))).toBeLessThan(1e-14);
      expect(Math.abs(imaginary[k]! - d[k]! * Math.sin(phase))).toBeLessThan(1e-14);
    });
  });
});

describe("memory", () => {
  it("any number of angles: the same bits, and nothing past the end", () => {
    const betas = [...signals(13, 1)].map((x) => (1 + x) * 1.57);
    const all = rows(4, -3, 12, betas);
    for (let count = 1; count <= betas.length; count++) {
      expect(rows(4, -3, 12, betas.slice(0, count))).toEqual(all.map((d) => d.slice(0, count)));
      bench.reset();
      const angles = bench.alloc(bench.k.wignerAnglesBytes!(count));
      bench.k.wignerAngles!(count, bench.putF64(betas), angles);
      const out = bench.putF64(new Float64Array(8 * count + 1).fill(9));
      bench.k.wignerRows!(4, -3, 12, count, angles, out, bench.alloc(bench.k.wignerRowsScratchBytes!(count)));
      expect(bench.getF64(out + 8 * count * 8, 1)[0]).toBe(9);
      // A prefix of a longer block of angles serves as well.
      const long = bench.alloc(bench.k.wignerAnglesBytes!(betas.length));
      bench.k.wignerAngles!(betas.length, bench.putF64(betas), long);
      bench.k.wignerRows!(4, -3, 12, count, long, out, bench.alloc(bench.k.wignerRowsScratchBytes!(count)));
      expect(bench.getF64(out, count)).toEqual(all[0]!.slice(0, count));
    }
  });

  it("all four builds compute the same bits", () => {
    const betas = [1e-4, 0.5, 1.5, 2.9];
    const [first, ...others] = BUILDS.map(({ dtype, build }) => {
      const q = kernelBench(dtype, build, 16);
      return [rows(30, -7, 100, betas, q), matrix(40, 1.3, q)];
    });
    for (const other of others) expect(other).toEqual(first);
  });
});

// The recurrence's own rounding at l = 1023 is 2e-14; where a single order counts (m = n = l near the pole) the half
// ulp in cos(β/2) counts 2l times: 1.3e-13 measured. The limit leaves a factor of eight.
describe("l = 1023 against exact arithmetic, absolute error ≤ 1e-12", () => {
  const l = 1023;
  const bits = oracleBits(l);
  const betas = [0, 1e-6, 1e-3, 0.02, 0.3, 1, Math.PI / 2, 1.6, 2.2, 3, Math.PI - 1e-3, Math.PI - 1e-6, Math.PI];
  const halves = betas.map((beta) => halfAngle(beta, bits));
  const random = signals(24, 7).map((x) => Math.round(x * l));
  const pairs: [number, number][] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [-1, 1],
    [0, 2],
    [512, 0],
    [0, -1000],
    [500, 500],
    [500, -500],
    [500, 499],
    [900, 100],
    [l, l],
    [l, -l],
    [-l, l],
    [l, 0],
    [0, l],
    [l, l - 1],
    [-l, -l],
    [1000, 1000],
    [722, -722],
    [l - 1, 1 - l],
  ];
  for (let i = 0; i < random.length; i += 2) pairs.push([random[i]!, random[i + 1]!]);

  it("rows and matrices", () => {
    const exact = pairs.map(([m, n]) => halves.map(exactWignerD(l, m, n)));
    pairs.forEach(([m, n], i) => {
      const d = row(l, m, n, betas);
      betas.forEach((beta, j) => {
        const error = Math.abs(d[j]! - exact[i]![j]!);
        expect(error, `d_{${m},${n}}(${beta})`).toBeLessThan(1e-12);
      });
    });
    const q = kernelBench("f32", "relaxed", 48);
    betas.forEach((beta, j) => {
      const d = matrix(l, beta, q);
      pairs.forEach(([m, n], i) => {
        const error = Math.abs(d[(m + l) * (2 * l + 1) + n + l]! - exact[i]![j]!);
        expect(error, `d_{${m},${n}}(${beta})`).toBeLessThan(1e-12);
      });
    });
  });

  it("on the SOFT grid of bandwidth 1024, whose angles are exact turns", () => {
    const b = 1024;
    const q = kernelBench("f64", "plain", 32);
    const angles = q.alloc(q.k.wignerAnglesBytes!(2 * b));
    q.k.softAngles!(b, angles);
    const out = q.alloc(2 * b * 8);
    const scratch = q.alloc(q.k.wignerRowsScratchBytes!(2 * b));
    for (const [m, n] of [
      [l, l],
      [l, -l],
      [l, 0],
    ] as const) {
      q.k.wignerRows!(m, n, b, 2 * b, angles, out, scratch);
      const d = q.getF64(out, 2 * b);
      const exact = exactWignerD(l, m, n);
      for (const j of [0, 1, 30, 500, 1023, 1024, 1500, 2047]) {
        expect(Math.abs(d[j]! - exact(halfTurn(2 * j + 1, 4 * b, bits)))).toBeLessThan(1e-12);
      }
    }
  });
});

it("l = 2047: rows of the matrix have norm 1, near the poles too", () => {
  const l = 2047;
  const betas = [1e-6, 1e-3, 0.7, 2.5, Math.PI - 1e-3];
  for (const m of [0, 1500]) {
    const norms = new Float64Array(betas.length);
    for (let n = -l; n <= l; n++)
      row(l, m, n, betas).forEach((d, j) => {
        norms[j] = norms[j]! + d * d;
      });
    expect(largest(norms.map((x) => x - 1))).toBeLessThan(1e-12);
  }
});
