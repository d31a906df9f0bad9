// cos kx and sin kx of the multiples of an angle, in f64, k = 0, 1, 2, …: the product kx is not rounded.

import { cosine, sine } from "./trigonometry";

/** (cos kx, sin kx), k < count ≤ 4096, x in radians, |kx| ≤ 1e5, as f64 pairs at out. */
export function multiples(x: f64, count: i32, out: usize): void {
  // x in two parts, whose multiples are exact.
  const high = reinterpret<f64>(reinterpret<i64>(x) & ~0xfff_ffff);
  const low = x - high;
  for (let k = 0; k < count; k++) {
    const a = <f64>k * high;
    const b = <f64>k * low;
    const sum = a + b;
    const rest = b - (sum - a);
    const c = cosine(sum);
    const s = sine(sum);
    store<f64>(out, c - rest * s);
    store<f64>(out, s + rest * c, 8);
    out += 16;
  }
}
