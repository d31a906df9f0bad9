// The Haar integral of signals: the mean over the sphere or the rotation group by quadrature, exact below the bandwidth
// (docs/conventions.md, "Quadrature"). It is the coefficient of degree 0, and invariant under rotation.

import { ShapeError } from "../errors.ts";
import { betaWeights } from "../tables/transforms.ts";
import { DENSE, type Domain, gridPoints } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";

function integrate(domain: Domain, x: Tensor): Tensor {
  if (x.layout.kind !== "signal" || x.layout.domain !== domain) {
    throw new ShapeError(`${domain}Integrate: expected a signal on ${domain}, got ${x.describe()}`);
  }
  const { engine } = x;
  const { kernels } = engine;
  const { bandwidth } = x.layout;
  const [batch, channels] = x.shape as [number, number];
  const betas = 2 * bandwidth;
  const ring = gridPoints(domain, bandwidth) / betas;
  const y = engine.empty(DENSE, [batch, channels]);
  const weights = betaWeights(engine, domain, bandwidth);
  kernels.betaWeightedSums(batch * channels, betas, ring, x.pointer, weights, y.pointer);
  return engine.record(y, `${domain}Integrate`, [x], (dy) => {
    const dx = engine.empty(x.layout, x.shape);
    const table = betaWeights(engine, domain, bandwidth);
    kernels.betaWeightedSpread(batch * channels, betas, ring, dy.pointer, table, dx.pointer);
    return [dx];
  });
}

/**
 * The mean over the sphere, Σ_j w_j/(4b) Σ_k x_jk.
 * @param x signal `[batch, channel, 2b, 2b]`
 * @returns dense `[batch, channel]`
 * @throws ShapeError unless x is a signal on S²
 */
export const s2Integrate = (x: Tensor): Tensor => integrate("s2", x);

/**
 * The mean over the rotation group, Σ_j w_j/(8b²) Σ_{α,γ} x.
 * @param x signal `[batch, channel, 2b, 2b, 2b]`
 * @returns dense `[batch, channel]`
 * @throws ShapeError unless x is a signal on SO(3)
 */
export const so3Integrate = (x: Tensor): Tensor => integrate("so3", x);
