// Quadrature on the SOFT grid: reference tensors, exact arithmetic up to b = 1024, and what it is for.

import { describe, expect, it } from "vitest";
import { softBeta } from "../../src/sphere/indices.ts";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { referenceTensors } from "../support/reference.ts";
import { exactQuadratureWeight } from "../support/wigner-oracle.ts";

// A weight is a product of four factors, each within an ulp, and a sum of like size: 4 ulps are 9e-16.
const LIMIT = 1e-15;

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  const q = kernelBench(dtype, build, 1);
  const compute = (b: number) => {
    q.reset();
    const out = q.alloc(2 * b * 8);
    q.k.quadratureWeights!(b, out);
    return q.getF64(out, 2 * b);
  };

  it("reproduces the reference", () => {
    const reference = referenceTensors("quadrature");
    for (const b of [2, 8, 30]) {
      const [weights, betas] = [compute(b), softBeta(b)];
      reference.get(`w_b${b}`)!.values.forEach((w, j) => {
        expect(Math.abs(weights[j]! / w - 1)).toBeLessThan(LIMIT);
      });
      reference.get(`beta_b${b}`)!.values.forEach((beta, j) => {
        expect(Math.abs(betas[j]! / beta - 1)).toBeLessThan(LIMIT);
      });
    }
  });

  it("is within 1e-15 of exact arithmetic, relatively, up to b = 1024", () => {
    for (const [b, step] of [
      [1, 1],
      [3, 1],
      [17, 1],
      [128, 9],
      [1024, 293],
    ] as const) {
      const weights = compute(b);
      for (let j = 0; j < 2 * b; j += step) {
        expect(Math.abs(weights[j]! / exactQuadratureWeight(b, j) - 1), `b ${b} j ${j}`).toBeLessThan(LIMIT);
      }
    }
  });

  it("is symmetric, sums to 2, and integrates polynomials in cos β of degree < 2b", () => {
    for (const b of [1, 2, 5, 32]) {
      const [weights, betas] = [compute(b), softBeta(b)];
      expect(weights).toEqual(weights.slice().reverse());
      // Legendre's recurrence for all degrees: the integral is 2 for degree 0 and 0 for the others.
      for (let degree = 0; degree < 2 * b; degree++) {
        let sum = 0;
        betas.forEach((beta, j) => {
          let [lower, legendre] = [0, 1];
          for (let l = 0; l < degree; l++) {
            [lower, legendre] = [legendre, ((2 * l + 1) * Math.cos(beta) * legendre - l * lower) / (l + 1)];
          }
          sum += weights[j]! * legendre;
        });
        expect(Math.abs(sum - (degree === 0 ? 2 : 0))).toBeLessThan(1e-14);
      }
    }
  });
});
