// The contender `typescript`, part three: `mnist-original` on one digit, layer by layer from the formulas. The filters'
// spectra are given, as they are to an inference of ours.

import { s2Index, so3CoefficientCount, so3Index } from "../../src/sphere/indices.ts";
import { type Complex, complexZeros } from "./linear.ts";
import { type NaivePlan, naiveForward, naiveInverse, naivePlan } from "./transforms.ts";

/** Filters `[in][out]` as complex spectra, 40 × 10 weights. */
export interface NaiveWeights {
  readonly first: readonly Complex[][];
  readonly second: readonly Complex[][];
  readonly linear: readonly number[][];
}

/** Z^l_mn = Σ_in Σ_p X^l_mp conj(Y^l_np); on S² there is no p. */
function correlate(domain: "s2" | "so3", bandwidth: number, inputs: readonly Complex[], filters: readonly Complex[]) {
  const Z = complexZeros(so3CoefficientCount(bandwidth));
  inputs.forEach((X, input) => {
    const Y = filters[input]!;
    for (let l = 0; l < bandwidth; l++) {
      for (let m = -l; m <= l; m++) {
        for (let n = -l; n <= l; n++) {
          const z = so3Index(l, m, n);
          for (let p = domain === "s2" ? 0 : -l; p <= (domain === "s2" ? 0 : l); p++) {
            const x = domain === "s2" ? s2Index(l, m) : so3Index(l, m, p);
            const y = domain === "s2" ? s2Index(l, n) : so3Index(l, n, p);
            Z.re[z]! += X.re[x]! * Y.re[y]! + X.im[x]! * Y.im[y]!;
            Z.im[z]! += X.im[x]! * Y.re[y]! - X.re[x]! * Y.im[y]!;
          }
        }
      }
    }
  });
  return Z;
}

/** One correlation layer and its ReLU. */
function layer(analysis: NaivePlan, synthesis: NaivePlan, x: readonly ArrayLike<number>[], filters: Complex[][]) {
  const spectra = x.map((channel) => naiveForward(analysis, channel));
  return filters[0]!.map((_, out) => {
    const column = filters.map((row) => row[out]!);
    const Z = correlate(analysis.domain, analysis.bandwidth, spectra, column);
    return naiveInverse(synthesis, Z).map((value) => Math.max(0, value));
  });
}

/** A function from a digit, row-major 60 × 60, to its ten logits. */
export function naiveMnistOriginal(weights: NaiveWeights): (digit: ArrayLike<number>) => number[] {
  const plans = [naivePlan("s2", 10, 30), naivePlan("so3", 10, 10), naivePlan("so3", 6, 10), naivePlan("so3", 6, 6)];
  return (digit) => {
    const first = layer(plans[0]!, plans[1]!, [digit], weights.first as Complex[][]);
    const second = layer(plans[2]!, plans[3]!, first, weights.second as Complex[][]);
    const means = second.map((signal) =>
      signal.reduce((sum, value, i) => sum + plans[3]!.weights[Math.floor(i / 144)]! * value, 0),
    );
    return weights.linear.map((row) => row.reduce((sum, weight, i) => sum + weight * means[i]!, 0));
  };
}
