// Every function against exact values: absolute error at most 1e-13 up to degree 64 and 2e-12 up to 512; and what the
// functions are to each other.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  clebschGordan,
  legendre,
  quadratureWeights,
  sphericalHarmonics,
  wignerD,
  wignerSmallD,
} from "../../src/special/index.ts";
import { bind } from "../../src/special/pointers.ts";
import { signals } from "../support/signals.ts";
import { exactQuadratureWeight } from "../support/wigner-oracle.ts";
import { exactClebschGordan, exactLegendre, exactNorm, exactPhase, exactSmallD } from "./oracle.ts";

/** The promise, by degree. */
const limit = (l: number) => (l <= 64 ? 1e-13 : 2e-12);

/** Poles and next to them, the equator, beyond, negative, and several turns. */
const BETAS = [0, 1e-9, 0.02, 0.7, Math.PI / 2, 1.6, 2.9, Math.PI - 1e-6, Math.PI, -1.1, 4, 99_999.5];
const ALPHAS = [0, 0.3, -2, Math.PI, 6.2, 400.25, -99_999.5];
const XS = [-1, -1 + 2 ** -53, -0.9, -0.5, -1e-20, 0, 0.1, 0.5, 0.77, 0.999, 1 - 2 ** -53, 1];

/** Whole numbers from −l to l, at most `count` of them, the ends and the middle among them; always the same. */
function orders(l: number, count: number): number[] {
  if (2 * l + 1 <= count) return Array.from({ length: 2 * l + 1 }, (_, i) => i - l);
  const some = signals(count, l).map((x) => Math.round(x * l));
  return [...new Set([-l, 1 - l, -1, 0, 1, l - 1, l, ...some])];
}

/** The largest error, NaN counting as infinite. */
class Worst {
  error = 0;
  at = "";
  compare(value: number | undefined, exact: number, at: () => string): void {
    const error = Math.abs(value! - exact);
    if (error <= this.error) return;
    this.error = Number.isNaN(error) ? Infinity : error;
    this.at = at();
  }
  expectBelow(bound: number): void {
    expect(this.error, this.at).toBeLessThanOrEqual(bound);
  }
}

describe("wignerSmallD", () => {
  it.each([0, 1, 2, 5, 23, 64, 200, 512])("l = %d", (l) => {
    const worst = new Worst();
    const count = l <= 23 ? 47 : 8;
    const matrices = BETAS.map((beta) => wignerSmallD(l, beta));
    for (const m of orders(l, count)) {
      for (const n of orders(l, count)) {
        exactSmallD(l, m, n, BETAS).forEach((exact, j) => {
          worst.compare(matrices[j]![(m + l) * (2 * l + 1) + n + l], exact, () => `d_${m},${n}(${BETAS[j]})`);
        });
      }
    }
    worst.expectBelow(limit(l));
  });
});

describe("wignerD", () => {
  it.each([0, 1, 7, 64, 512])("l = %d", (l) => {
    const worst = new Worst();
    for (const [i, alpha] of ALPHAS.entries()) {
      const [beta, gamma] = [BETAS[(5 * i + 3) % BETAS.length]!, ALPHAS[(3 * i + 1) % ALPHAS.length]!];
      const { re, im } = wignerD(l, alpha, beta, gamma);
      for (const m of orders(l, 5)) {
        for (const n of orders(l, 5)) {
          const [d] = exactSmallD(l, m, n, [beta]);
          const phase = exactPhase(m, alpha, n, gamma);
          const at = (m + l) * (2 * l + 1) + n + l;
          worst.compare(re[at], d! * phase.re, () => `Re D_${m},${n}(${alpha}, ${beta}, ${gamma})`);
          worst.compare(im[at], d! * phase.im, () => `Im D_${m},${n}(${alpha}, ${beta}, ${gamma})`);
        }
      }
    }
    worst.expectBelow(limit(l));
  });

  it("is unitary, and D(α, β, γ) composes the turns about z and y", () => {
    const l = 20;
    const width = 2 * l + 1;
    const { re, im } = wignerD(l, 1.1, 0.6, -2.3);
    for (let m = 0; m < width; m++) {
      for (let n = 0; n < width; n++) {
        let [real, imaginary] = [0, 0];
        for (let p = 0; p < width; p++) {
          const [a, b, c, d] = [re[m * width + p]!, im[m * width + p]!, re[n * width + p]!, im[n * width + p]!];
          real += a * c + b * d;
          imaginary += b * c - a * d;
        }
        expect(Math.abs(real - (m === n ? 1 : 0))).toBeLessThan(1e-14);
        expect(Math.abs(imaginary)).toBeLessThan(1e-14);
      }
    }
    const turned = wignerD(l, 1.1 + 0.4, 0.6, -2.3);
    for (let k = 0; k < re.length; k++) {
      const m = Math.floor(k / width) - l;
      const [c, s] = [Math.cos(0.4 * m), Math.sin(0.4 * m)];
      expect(Math.abs(turned.re[k]! - (c * re[k]! - s * im[k]!))).toBeLessThan(1e-14);
    }
  });
});

describe("sphericalHarmonics", () => {
  it.each([0, 1, 4, 64, 512])("lmax = %d", (lmax) => {
    const worst = new Worst();
    const degrees = lmax <= 4 ? [...Array(lmax + 1).keys()] : [0, 1, 2, 17, 40, lmax - 1, lmax];
    for (const [i, alpha] of ALPHAS.entries()) {
      const beta = BETAS[(5 * i + 2) % BETAS.length]!;
      const { re, im } = sphericalHarmonics(lmax, beta, alpha);
      expect(re).toHaveLength((lmax + 1) ** 2);
      for (const l of degrees) {
        for (const m of orders(l, 12)) {
          const y = exactNorm(l) * exactSmallD(l, m, 0, [beta])[0]!;
          const phase = exactPhase(m, alpha);
          worst.compare(re[l * l + l + m], y * phase.re, () => `Re Y_${l},${m}(${beta}, ${alpha})`);
          worst.compare(im[l * l + l + m], y * phase.im, () => `Im Y_${l},${m}(${beta}, ${alpha})`);
        }
      }
    }
    worst.expectBelow(limit(lmax));
  });

  it("has the textbook's first degrees", () => {
    const [beta, alpha] = [0.7, 0.4];
    const [c, s] = [Math.cos(beta), Math.sin(beta)];
    const { re, im } = sphericalHarmonics(2, beta, alpha);
    const closed: [number, number, number][] = [
      [0, 0, Math.sqrt(1 / (4 * Math.PI))],
      [1, 0, Math.sqrt(3 / (4 * Math.PI)) * c],
      [1, 1, -Math.sqrt(3 / (8 * Math.PI)) * s],
      [1, -1, Math.sqrt(3 / (8 * Math.PI)) * s],
      [2, 1, -Math.sqrt(15 / (8 * Math.PI)) * s * c],
      [2, -2, Math.sqrt(15 / (32 * Math.PI)) * s * s],
    ];
    for (const [l, m, value] of closed) {
      expect(Math.abs(re[l * l + l + m]! - value * Math.cos(m * alpha))).toBeLessThan(1e-15);
      expect(Math.abs(im[l * l + l + m]! - value * Math.sin(m * alpha))).toBeLessThan(1e-15);
    }
  });

  it("is orthonormal under the quadrature of the SOFT grid", () => {
    const b = 6;
    const [weights, n] = [quadratureWeights(b), 2 * b];
    const beta = Float64Array.from({ length: n * n }, (_, k) => (Math.PI * (2 * Math.floor(k / n) + 1)) / (4 * b));
    const alpha = Float64Array.from({ length: n * n }, (_, k) => (Math.PI * (k % n)) / b);
    const { re, im } = sphericalHarmonics(b - 1, beta, alpha);
    const size = b * b;
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < size; k++) {
        let [real, imaginary] = [0, 0];
        for (let p = 0; p < n * n; p++) {
          const w = (weights[Math.floor(p / n)]! * Math.PI) / b;
          const [a, c] = [p * size + i, p * size + k];
          real += w * (re[a]! * re[c]! + im[a]! * im[c]!);
          imaginary += w * (im[a]! * re[c]! - re[a]! * im[c]!);
        }
        expect(Math.abs(real - (i === k ? 1 : 0))).toBeLessThan(1e-14);
        expect(Math.abs(imaginary)).toBeLessThan(1e-14);
      }
    }
  });

  it("gives for arrays what it gives point by point", () => {
    const [beta, alpha] = [signals(131, 1).map((x) => 3 * x), signals(131, 2).map((x) => 9 * x)];
    const [betas, alphas] = [Float64Array.from(beta), Float64Array.from(alpha)];
    const all = sphericalHarmonics(9, betas, alphas);
    for (let p = 0; p < 131; p++) {
      const one = sphericalHarmonics(9, betas[p]!, alphas[p]!);
      expect(all.re.slice(100 * p, 100 * p + 100)).toEqual(one.re);
      expect(all.im.slice(100 * p, 100 * p + 100)).toEqual(one.im);
    }
    expect(sphericalHarmonics(3, new Float64Array(0), new Float64Array(0)).re).toHaveLength(0);
  });
});

describe("legendre", () => {
  it.each([0, 1, 2, 9, 64, 300, 512])("l = %d", (l) => {
    const worst = new Worst();
    for (const m of orders(l, 24)) {
      const values = legendre(l, m, Float64Array.from(XS));
      XS.forEach((x, i) => {
        worst.compare(values[i], exactLegendre(l, m, x), () => `l ${l}, m ${m}, x ${x}`);
      });
    }
    worst.expectBelow(limit(l));
  });

  it("has the textbook's first degrees, is P_l for m = 0, and a number for a number", () => {
    const x = 0.3;
    const s = Math.sqrt(1 - x * x);
    expect(legendre(1, 0, x)).toBeCloseTo(x, 15);
    expect(legendre(1, 1, x)).toBeCloseTo(-s / Math.sqrt(2), 15);
    expect(legendre(1, -1, x)).toBeCloseTo(s / Math.sqrt(2), 15);
    expect(legendre(2, 0, x)).toBeCloseTo((3 * x * x - 1) / 2, 15);
    expect(legendre(2, 1, x)).toBeCloseTo((-3 * x * s) / Math.sqrt(6), 15);
    expect(legendre(3, 0, x)).toBeCloseTo((5 * x ** 3 - 3 * x) / 2, 15);
  });

  it("gives for arrays, longer than it takes at a time, what it gives point by point", () => {
    const x = Float64Array.from(signals(200, 3));
    const all = legendre(40, -7, x);
    expect(all).toEqual(x.map((each) => legendre(40, -7, each)));
    expect(legendre(4, 1, new Float64Array(0))).toHaveLength(0);
  });
});

describe("quadratureWeights", () => {
  it.each([1, 2, 7, 64, 512])("b = %d", (b) => {
    const worst = new Worst();
    const weights = quadratureWeights(b);
    expect(weights).toHaveLength(2 * b);
    for (let j = 0; j < 2 * b; j += b > 64 ? 37 : 1) {
      worst.compare(weights[j], exactQuadratureWeight(b, j), () => `w_${j}`);
    }
    worst.expectBelow(limit(b));
  });
});

describe("clebschGordan", () => {
  it("all degrees up to 5, and those that are no triangle", () => {
    const worst = new Worst();
    for (let l1 = 0; l1 <= 5; l1++) {
      for (let l2 = 0; l2 <= 5; l2++) {
        for (let l3 = 0; l3 <= 11; l3++) {
          const C = clebschGordan(l1, l2, l3);
          expect(C).toHaveLength((2 * l1 + 1) * (2 * l2 + 1) * (2 * l3 + 1));
          let at = 0;
          for (let m1 = -l1; m1 <= l1; m1++) {
            for (let m2 = -l2; m2 <= l2; m2++) {
              for (let m3 = -l3; m3 <= l3; m3++) {
                const exact = exactClebschGordan(l1, m1, l2, m2, l3, m3);
                worst.compare(C[at++], exact, () => `${[l1, m1, l2, m2, l3, m3]}`);
              }
            }
          }
        }
      }
    }
    worst.expectBelow(1e-15);
  });

  it.each([
    [64, 64, 64],
    [64, 64, 1],
    [64, 64, 128],
    [63, 2, 64],
    [3, 64, 62],
    [40, 64, 60],
    [512, 1, 512],
    [512, 512, 2],
    [5, 512, 510],
  ])("(%d, %d, %d)", (l1, l2, l3) => {
    const worst = new Worst();
    const C = clebschGordan(l1, l2, l3);
    for (const m1 of orders(l1, 24)) {
      for (const m2 of orders(l2, 24)) {
        const pair = (m1 + l1) * (2 * l2 + 1) + m2 + l2;
        if (Math.abs(m1 + m2) > l3) continue;
        const exact = exactClebschGordan(l1, m1, l2, m2, l3, m1 + m2);
        worst.compare(C[pair * (2 * l3 + 1) + m1 + m2 + l3], exact, () => `m1 ${m1}, m2 ${m2}`);
      }
    }
    worst.expectBelow(limit(Math.max(l1, l2)));
  });

  // As arrays of three indices these have up to 8 GiB: the table that the module makes of them has two.
  it.each([
    [512, 512, 512],
    [512, 512, 37],
    [512, 300, 213],
    [300, 512, 400],
    [256, 256, 512],
    [310, 210, 512],
    [512, 512, 1000],
  ])("the table of (%d, %d, %d)", (l1, l2, l3) => {
    const worst = new Worst();
    const { clebschGordan: table } = bind(new WebAssembly.Module(readFileSync("build/wasm/special.wasm")));
    const C = table(l1, l2, l3);
    for (const m1 of orders(l1, 16)) {
      const [first, last] = [Math.max(-l2, -l3 - m1), Math.min(l2, l3 - m1)];
      for (let i = 0; i <= 12; i++) {
        const m2 = first + Math.round(((last - first) * i) / 12);
        const exact = exactClebschGordan(l1, m1, l2, m2, l3, m1 + m2);
        worst.compare(C[(m1 + l1) * (2 * l2 + 1) + m2 + l2], exact, () => `m1 ${m1}, m2 ${m2}`);
      }
    }
    worst.expectBelow(limit(512));
  });

  it("is an orthogonal change of basis", () => {
    const [l1, l2] = [7, 4];
    const columns = [];
    for (let l3 = l1 - l2; l3 <= l1 + l2; l3++) columns.push({ C: clebschGordan(l1, l2, l3), depth: 2 * l3 + 1 });
    const pairs = (2 * l1 + 1) * (2 * l2 + 1);
    for (let i = 0; i < pairs; i++) {
      for (let k = 0; k < pairs; k++) {
        let sum = 0;
        for (const { C, depth } of columns) {
          for (let m3 = 0; m3 < depth; m3++) sum += C[i * depth + m3]! * C[k * depth + m3]!;
        }
        expect(Math.abs(sum - (i === k ? 1 : 0))).toBeLessThan(1e-14);
      }
    }
  });

  it("couples the D-matrices: D^l1 ⊗ D^l2 = Σ C D^l3 Cᵀ", () => {
    const [l1, l2, angles] = [3, 2, [0.4, 1.9, -2.2] as const];
    const [first, second] = [wignerD(l1, ...angles), wignerD(l2, ...angles)];
    const [w1, w2] = [2 * l1 + 1, 2 * l2 + 1];
    const parts = [1, 2, 3, 4, 5].map((l3) => ({
      C: clebschGordan(l1, l2, l3),
      D: wignerD(l3, ...angles),
      w: 2 * l3 + 1,
    }));
    for (let k = 0; k < (w1 * w2) ** 2; k++) {
      const [row, column] = [Math.floor(k / (w1 * w2)), k % (w1 * w2)];
      const a = Math.floor(row / w2) * w1 + Math.floor(column / w2);
      const b = (row % w2) * w2 + (column % w2);
      let [re, im] = [0, 0];
      for (const { C, D, w } of parts) {
        for (let m = 0; m < w; m++) {
          for (let n = 0; n < w; n++) {
            const c = C[row * w + m]! * C[column * w + n]!;
            re += c * D.re[m * w + n]!;
            im += c * D.im[m * w + n]!;
          }
        }
      }
      expect(Math.abs(re - (first.re[a]! * second.re[b]! - first.im[a]! * second.im[b]!))).toBeLessThan(1e-14);
      expect(Math.abs(im - (first.re[a]! * second.im[b]! + first.im[a]! * second.re[b]!))).toBeLessThan(1e-14);
    }
  });
});
