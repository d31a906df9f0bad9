// Functions of one point as tables have them, complex and in f64: spherical harmonics and associated Legendre
// functions. Both are columns n = 0 of Wigner's d (./wigner.ts; Varshalovich et al. 1988, 5.2):
//
//   Y_lm(β, α) = √((2l+1)/4π) d^l_{m0}(β) e^{imα}
//   d^l_{m0}(arccos x) = √((l−m)!/(l+m)!) P_l^m(x)         P_l^m with the Condon–Shortley phase (−1)^m
//
// Angles of any size are first brought into [−π, π], since only there the multiples mα are exact to the last place.

import { multiples } from "./multiples";
import { wignerAngles, wignerAnglesBytes, wignerCosines, wignerRows, wignerRowsScratchBytes } from "./wigner";

// @ts-ignore: decorator
@inline const QUARTER_OVER_PI: f64 = 0.07957747154594766788;
/** Points at a time. */
// @ts-ignore: decorator
@inline const CHUNK: i32 = 64;

/** The angle x in [−π, π] to half a unit in its last place, |x| ≤ 1e5: 2π in the three pieces of ./trigonometry.ts. */
export function principalAngle(x: f64): f64 {
  const turns = nearest<f64>(x * 0.15915494309189533577);
  const r1 = x - turns * (4 * 1.57079632673412561417e0);
  const w2 = turns * (4 * 6.07710050630396597660e-11);
  const r2 = r1 - w2;
  const e2 = r1 - r2 - w2;
  return r2 + (e2 - turns * (4 * 2.02226624871116645580e-21));
}

/** Bytes of scratch of `complexHarmonics`. */
export function complexHarmonicsScratchBytes(lmax: i32): i32 {
  const bandwidth = lmax + 1;
  return 8 * bandwidth + 24 * bandwidth * CHUNK + wignerAnglesBytes(CHUNK) + wignerRowsScratchBytes(CHUNK);
}

/** Y_lm at the points (β, α), radians, f64[count] each: f64[count][(lmax+1)²] each at re and im, index l² + l + m. */
export function complexHarmonics(
  lmax: i32, count: i32, beta: usize, alpha: usize, re: usize, im: usize, scratch: usize,
): void {
  const spectrum = <usize>(lmax + 1) * <usize>(lmax + 1) * 8;
  for (let l = 0; l <= lmax; l++) store<f64>(scratch + <usize>l * 8, sqrt(<f64>(2 * l + 1) * QUARTER_OVER_PI));
  for (let first = 0; first < count; first += CHUNK) {
    const points = min(CHUNK, count - first);
    const angle = <usize>first * 8;
    const offset = <usize>first * spectrum;
    chunkHarmonics(lmax + 1, points, beta + angle, alpha + angle, re + offset, im + offset, scratch);
  }
}

/** At most CHUNK points; at scratch lie the norms √((2l+1)/4π). */
function chunkHarmonics(
  bandwidth: i32, count: i32, beta: usize, alpha: usize, re: usize, im: usize, scratch: usize,
): void {
  const phases = scratch + <usize>bandwidth * 8;
  const rows = phases + <usize>(16 * bandwidth * count);
  const angles = rows + <usize>(8 * bandwidth * count);
  const work = angles + <usize>wignerAnglesBytes(count);
  const spectrum = <usize>(bandwidth * bandwidth) * 8;
  for (let j = 0; j < count; j++) {
    const phase = phases + <usize>(16 * bandwidth * j);
    multiples(principalAngle(load<f64>(alpha + <usize>j * 8)), bandwidth, phase);
  }
  wignerAngles(count, beta, angles);
  for (let m = 0; m < bandwidth; m++) {
    wignerRows(m, 0, bandwidth, count, angles, rows, work);
    for (let j = 0; j < count; j++) {
      const phase = phases + <usize>(bandwidth * j + m) * 16;
      const c = load<f64>(phase);
      const s = load<f64>(phase, 8);
      const order = <usize>m * 8;
      for (let l = m; l < bandwidth; l++) {
        const y = load<f64>(scratch + <usize>l * 8) * load<f64>(rows + <usize>((l - m) * count + j) * 8);
        const center = <usize>j * spectrum + <usize>(l * l + l) * 8;
        // Y_{l,−m} = (−1)^m conj Y_lm
        const mirrored = m & 1 ? -y : y;
        store<f64>(re + center - order, mirrored * c);
        store<f64>(im + center - order, -mirrored * s);
        store<f64>(re + center + order, y * c);
        store<f64>(im + center + order, y * s);
      }
    }
  }
}

/** Bytes of scratch of `legendreValues`. */
export function legendreValuesScratchBytes(l: i32): i32 {
  return 8 * CHUNK * (l + 1) + wignerAnglesBytes(CHUNK) + wignerRowsScratchBytes(CHUNK);
}

/** √((l−m)!/(l+m)!) P_l^m(x) for x, f64[count] with |x| ≤ 1, as f64[count] at out; |m| ≤ l. */
export function legendreValues(l: i32, m: i32, count: i32, x: usize, out: usize, scratch: usize): void {
  const angles = scratch + <usize>(8 * CHUNK * (l + 1));
  const work = angles + <usize>wignerAnglesBytes(CHUNK);
  for (let first = 0; first < count; first += CHUNK) {
    const points = min(CHUNK, count - first);
    wignerCosines(points, x + <usize>first * 8, angles);
    wignerRows(m, 0, l + 1, points, angles, scratch, work);
    memory.copy(out + <usize>first * 8, scratch + <usize>((l - abs(m)) * points) * 8, <usize>points * 8);
  }
}
