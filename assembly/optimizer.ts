// Optimiser steps with the semantics of PyTorch (torch.optim.Adam and torch.optim.SGD): weight decay is L2, added to the
// gradient. Hyper-parameters come in f64 and are rounded once, after 1 − β has been formed. Every pointer is 16-aligned;
// exactly n numbers are written. The loops test at their end, because V8 moves what is constant out of such loops only.

import { put } from "./lanes";
import { LANES, VECTOR, madd, nmadd } from "./simd";

/**
 * Adam (Kingma and Ba 2015, algorithm 1):
 *
 *     g' = g + weightDecay·w    m = beta1·m + (1 − beta1) g'    v = beta2·v + (1 − beta2) g'²
 *     w −= (lr / correction1) · m / (√v / √correction2 + eps)
 *
 * with correction1 = 1 − beta1ᵗ and correction2 = 1 − beta2ᵗ in step t = 1, 2, …; m and v begin as zeros.
 */
export function adamStep(
  n: i32, w: usize, g: usize, m: usize, v: usize, lr: f64, beta1: f64, beta2: f64, eps: f64, correction1: f64,
  correction2: f64, weightDecay: f64,
): void {
  const decay = v128.splat<real>(<real>weightDecay);
  const keep1 = v128.splat<real>(<real>beta1), take1 = v128.splat<real>(<real>(1 - beta1));
  const keep2 = v128.splat<real>(<real>beta2), take2 = v128.splat<real>(<real>(1 - beta2));
  const unbias = v128.splat<real>(<real>(1 / sqrt<f64>(correction2)));
  const epsilon = v128.splat<real>(<real>eps);
  const step = v128.splat<real>(<real>(lr / correction1));
  if (n <= 0) return;
  do {
    const wv = v128.load(w);
    const gv = madd(decay, wv, v128.load(g));
    const mv = madd(take1, gv, v128.mul<real>(keep1, v128.load(m)));
    const vv = madd(take2, v128.mul<real>(gv, gv), v128.mul<real>(keep2, v128.load(v)));
    const root = madd(v128.sqrt<real>(vv), unbias, epsilon);
    put(m, mv, n);
    put(v, vv, n);
    put(w, nmadd(step, v128.div<real>(mv, root), wv), n);
    w += VECTOR;
    g += VECTOR;
    m += VECTOR;
    v += VECTOR;
    n -= LANES;
  } while (n > 0);
}

/**
 * Stochastic gradient descent:
 *
 *     g' = g + weightDecay·w    velocity = momentum·velocity + (1 − dampening) g'    w −= lr·velocity
 *
 * In the first step (`first` not 0) velocity = g'. With momentum 0 velocity is neither read nor written: w −= lr·g'.
 */
export function sgdStep(
  n: i32, w: usize, g: usize, velocity: usize, lr: f64, momentum: f64, dampening: f64, weightDecay: f64, first: i32,
): void {
  const decay = v128.splat<real>(<real>weightDecay);
  const keep = v128.splat<real>(<real>momentum), gain = v128.splat<real>(<real>(1 - dampening));
  const step = v128.splat<real>(<real>lr);
  if (n <= 0) return;
  do {
    const wv = v128.load(w);
    let direction = madd(decay, wv, v128.load(g));
    if (momentum != 0) {
      if (!first) direction = madd(gain, direction, v128.mul<real>(keep, v128.load(velocity)));
      put(velocity, direction, n);
      velocity += VECTOR;
    }
    put(w, nmadd(step, direction, wv), n);
    w += VECTOR;
    g += VECTOR;
    n -= LANES;
  } while (n > 0);
}
