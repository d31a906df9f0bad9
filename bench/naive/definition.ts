// The contender `definition`: correlation over all rotations as it is defined, the filter turned to every point of the
// output's grid and multiplied with the signal, whose values between its samples come from its harmonics.
//
//   out(R) = 2·b · Σ_g κ_g f(R·g)          g the points of the filter on the sphere, R on the SOFT grid of SO(3)

import { evaluateSpectrum } from "../../src/ops/evaluate.ts";
import { s2Fft } from "../../src/ops/fourier.ts";
import type { S2Grid } from "../../src/sphere/grids.ts";
import { softAlpha, softBeta } from "../../src/sphere/indices.ts";
import { anglesFromPoint, pointFromAngles, rotatePoint, toQuaternion } from "../../src/sphere/rotations.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Everything R·g as (β, α), in the order of the output's grid: depends on the bandwidth and the filter's grid alone. */
export function turnedPoints(bandwidth: number, grid: S2Grid): number[] {
  const angles: number[] = [];
  for (const beta of softBeta(bandwidth)) {
    for (const alpha of softAlpha(bandwidth)) {
      for (const gamma of softAlpha(bandwidth)) {
        const R = toQuaternion({ alpha, beta, gamma });
        for (let g = 0; g < grid.count; g++) {
          const point = pointFromAngles(grid.points[2 * g]!, grid.points[2 * g + 1]!);
          const turned = anglesFromPoint(rotatePoint(R, point));
          angles.push(turned.beta, turned.alpha);
        }
      }
    }
  }
  return angles;
}

/** Correlates one signal `[1, 1, 2b, 2b]` with one filter κ; the output row-major on SO(3). */
export function correlateByDefinition(f: Tensor, kernel: ArrayLike<number>, points: readonly number[]): number[] {
  const values = evaluateSpectrum(s2Fft(f), points).toArray();
  const factor = f.shape[2]!;
  return Array.from({ length: values.length / kernel.length }, (_, R) => {
    let sum = 0;
    for (let g = 0; g < kernel.length; g++) sum += kernel[g]! * values[R * kernel.length + g]!;
    return factor * sum;
  });
}
