// Harmonics of the real basis against U · conj(D) · Uᴴ, built from complex numbers and the factorial sum of d.

import { describe, expect, it } from "vitest";
import { BUILDS, type KernelBench, kernelBench } from "../support/kernels.ts";
import { signals } from "../support/signals.ts";

type Complex = readonly [number, number];
type Matrix = Complex[][];

const multiply = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const conjugate = ([re, im]: Complex): Complex => [re, -im];
const phase = (angle: number): Complex => [Math.cos(angle), Math.sin(angle)];

function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    b[0]!.map((_, j) =>
      row.reduce<Complex>(
        (sum, x, k) => {
          const [re, im] = multiply(x, b[k]![j]!);
          return [sum[0] + re, sum[1] + im];
        },
        [0, 0],
      ),
    ),
  );
}

const adjoint = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => conjugate(row[j]!)));

/** d^l_mn(β) by the factorial sum of test/reference/README.md. */
function smallD(l: number, m: number, n: number, beta: number): number {
  const factorial = (x: number): number => (x < 2 ? 1 : x * factorial(x - 1));
  const [c, s] = [Math.cos(beta / 2), Math.sin(beta / 2)];
  let sum = 0;
  for (let k = Math.max(0, n - m); k <= Math.min(l + n, l - m); k++) {
    const denominator = factorial(l + n - k) * factorial(k) * factorial(m - n + k) * factorial(l - m - k);
    sum += ((-1) ** (m - n + k) / denominator) * c ** (2 * l + n - m - 2 * k) * s ** (m - n + 2 * k);
  }
  return sum * Math.sqrt(factorial(l + m) * factorial(l - m) * factorial(l + n) * factorial(l - n));
}

/** From orders −l … l to real indices: X_m = (−1)^m conj X_{−m} gives R_{2m−1} = √2 Re X_m, R_{2m} = −√2 Im X_m. */
function toReal(l: number): Matrix {
  const U: Matrix = Array.from({ length: 2 * l + 1 }, () => Array.from({ length: 2 * l + 1 }, () => [0, 0]));
  U[0]![l] = [1, 0];
  for (let m = 1; m <= l; m++) {
    const sign = (-1) ** m;
    U[2 * m - 1]![l + m] = [Math.SQRT1_2, 0];
    U[2 * m - 1]![l - m] = [sign * Math.SQRT1_2, 0];
    U[2 * m]![l + m] = [0, Math.SQRT1_2];
    U[2 * m]![l - m] = [0, -sign * Math.SQRT1_2];
  }
  return U;
}

const indices = (l: number) => Array.from({ length: 2 * l + 1 }, (_, i) => i - l);

/** U · (e^{−imα} d_mn e^{−inγ}) · Uᴴ. */
function naiveMatrix(l: number, beta: number, alpha: number, gamma: number): Matrix {
  const D = indices(l).map((m) =>
    indices(l).map((n) => multiply([smallD(l, m, n, beta), 0], phase(-m * alpha - n * gamma))),
  );
  const U = toReal(l);
  return product(product(U, D), adjoint(U));
}

/** U · (d_m0 e^{−imα}). */
function naiveColumn(l: number, beta: number, alpha: number): Matrix {
  return product(
    toReal(l),
    indices(l).map((m) => [multiply([smallD(l, m, 0, beta), 0], phase(-m * alpha))]),
  );
}

function s2Harmonics(q: KernelBench, b: number, points: readonly (readonly number[])[]) {
  q.reset();
  const out = q.alloc(points.length * b * b * 8);
  const scratch = q.alloc(q.k.s2HarmonicsScratchBytes!(b, points.length));
  q.k.s2Harmonics!(b, points.length, q.putF64(points.flat()), out, scratch);
  return q.get(out, points.length * b * b);
}

function so3Harmonics(q: KernelBench, b: number, points: readonly (readonly number[])[]) {
  q.reset();
  const size = (b * (4 * b * b - 1)) / 3;
  const out = q.alloc(points.length * size * 8);
  const scratch = q.alloc(q.k.so3HarmonicsScratchBytes!(b, points.length));
  q.k.so3Harmonics!(b, points.length, q.putF64(points.flat()), out, scratch);
  return q.get(out, points.length * size);
}

// Runs of equal β, as kernel grids have them, poles, negative angles and more than a turn.
const s2Points = [
  [0, 0.3],
  [0.4, 0],
  [0.4, 2],
  [0.4, -1],
  [1.7, 5],
  [Math.PI, 1],
  [2.9, 7.5],
];
const so3Points = s2Points.flatMap(([beta, alpha]) => [
  [beta!, alpha!, -0.8],
  [beta!, alpha!, 9.1],
]);

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  const q = kernelBench(dtype, build, 16);
  // Rounding to the dtype, and in f64 a few roundings and the test's own factorials.
  const limit = dtype === "f32" ? 2 ** -24 : 2e-14;

  it("s2Harmonics is U · (d_m0 e^{−imα})", () => {
    const b = 8;
    const R = s2Harmonics(q, b, s2Points);
    s2Points.forEach(([beta, alpha], p) => {
      for (let l = 0; l < b; l++) {
        naiveColumn(l, beta!, alpha!).forEach(([value], r) => {
          expect(Math.abs(value![0] - R[p * b * b + l * l + r]!)).toBeLessThan(limit);
          expect(Math.abs(value![1])).toBeLessThan(2e-14);
        });
      }
    });
  });

  it("so3Harmonics is U · (e^{−imα} d_mn e^{−inγ}) · Uᴴ, which is real", () => {
    const b = 7;
    const size = (b * (4 * b * b - 1)) / 3;
    const R = so3Harmonics(q, b, so3Points);
    so3Points.forEach(([beta, alpha, gamma], p) => {
      for (let l = 0; l < b; l++) {
        const naive = naiveMatrix(l, beta!, alpha!, gamma!).flat();
        naive.forEach(([re, im], k) => {
          expect(Math.abs(re - R[p * size + (l * (4 * l * l - 1)) / 3 + k]!)).toBeLessThan(limit);
          expect(Math.abs(im)).toBeLessThan(2e-14);
        });
      }
    });
  });

  it("writes nothing past the end", () => {
    for (const [b, kernel, size, points] of [
      [5, "s2Harmonics", 25, s2Points],
      [5, "so3Harmonics", 165, so3Points],
    ] as const) {
      q.reset();
      const numbers = size * points.length;
      const out = q.put(new Float64Array(numbers + 8).fill(9));
      const scratch = q.alloc(q.k[`${kernel}ScratchBytes`]!(b, points.length));
      const end = q.put(new Float64Array(8).fill(9));
      q.k[kernel]!(b, points.length, q.putF64(points.flat()), out, scratch);
      expect([...q.get(out, numbers + 8).slice(numbers)]).toEqual(Array(8).fill(9));
      expect([...q.get(end, 8)]).toEqual(Array(8).fill(9));
    }
  });
});

describe("f64 at b = 32", () => {
  const b = 32;
  const q = kernelBench("f64", "plain", 16);
  const angles = signals(9, 3).map((x) => 3 * x);
  const points = [0, 1, 2].map((i) => [Math.abs(angles[3 * i]!), angles[3 * i + 1]!, angles[3 * i + 2]!]);

  it("the matrices are orthogonal", () => {
    const R = so3Harmonics(q, b, points);
    const width = 2 * b - 1;
    const l = b - 1;
    points.forEach((_, p) => {
      const start = ((p + 1) * b * (4 * b * b - 1)) / 3 - width * width;
      for (let r = 0; r < width; r++) {
        for (let s = 0; s <= r; s++) {
          let sum = 0;
          for (let k = 0; k < width; k++) sum += R[start + r * width + k]! * R[start + s * width + k]!;
          expect(Math.abs(sum - (r === s ? 1 : 0)), `degree ${l}`).toBeLessThan(2e-14);
        }
      }
    });
  });

  it("column 0 of the SO(3) matrices is the S² harmonic, whatever γ", () => {
    const R = so3Harmonics(q, b, points);
    const column = s2Harmonics(
      q,
      b,
      points.map(([beta, alpha]) => [beta!, alpha!]),
    );
    points.forEach((_, p) => {
      for (let l = 0; l < b; l++) {
        for (let r = 0; r <= 2 * l; r++) {
          const matrix = (p * b * (4 * b * b - 1)) / 3 + (l * (4 * l * l - 1)) / 3 + r * (2 * l + 1);
          expect(Math.abs(R[matrix]! - column[p * b * b + l * l + r]!)).toBeLessThan(1e-14);
        }
      }
    });
  });
});
