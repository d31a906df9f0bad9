// The quadrature that makes transforms on the SOFT grid exact (Driscoll & Healy 1994; Kostelec & Rockmore 2008), in f64:
//
//   β_j = π(2j+1)/(4b)      w_j = (2/b) sin β_j Σ_{k<b} sin((2k+1) β_j)/(2k+1)      j < 2b, Σ w_j = 2
//
// The sine's argument is the turn (2k+1)(2j+1)/(8b), reduced in integers, so w_j is within a few ulps for every b.

import { sinTurn } from "./trigonometry";

/** w_j as f64[2b] at out, bandwidth ≤ 16384. */
export function quadratureWeights(bandwidth: i32, out: usize): void {
  const last = 2 * bandwidth - 1;
  for (let j = 0; j < bandwidth; j++) {
    let sum: f64 = 0;
    // From the small terms to the large ones.
    for (let k = last; k > 0; k -= 2) sum += sinTurn(k * (2 * j + 1), 8 * bandwidth) / <f64>k;
    const weight = 2 / <f64>bandwidth * sinTurn(2 * j + 1, 8 * bandwidth) * sum;
    store<f64>(out + <usize>j * 8, weight);
    store<f64>(out + <usize>(last - j) * 8, weight);
  }
}
