// Numbers without tensors: Wigner's functions, harmonics, quadrature and Clebsch–Gordan coefficients as Float64Arrays,
// computed by the engine's kernels in a small WebAssembly module of its own (./instance.ts). See docs/special.md.
//
// All functions are synchronous, and arrays that they return belong to the caller. Angles are in radians, of any sign,
// at most 1e5 in size; orders run from −l to l. Absolute errors are at most 1e-13 up to degree 64 and 2e-12 up to 512.

import { ShapeError, ValueError } from "../errors.ts";
import { quote } from "../quote.ts";
import { MAX_ANGLE } from "../sphere/rotations.ts";
import { compute } from "./instance.ts";

export {
  ContentSecurityPolicyError,
  DownloadError,
  FormatError,
  MemoryExhaustedError,
  ShapeError,
  SphericalCnnError,
  UnsupportedRuntimeError,
  ValueError,
} from "../errors.ts";
export type { KernelSource } from "../wasm/init.ts";
export { init } from "./instance.ts";

/** Up to this degree the kernels were compared with exact values. */
const MAX_DEGREE = 2047;
/** The largest bandwidth whose quadrature is exact in the kernels' integers. */
const MAX_BANDWIDTH = 16384;
/** Of one result: half a GiB. */
const MAX_NUMBERS = 2 ** 26;

/** A complex result. */
export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Wigner's small d-matrix d^l_mn(β) = ⟨l m| e^{−iβJ_y} |l n⟩, row-major `[2l+1, 2l+1]`, rows m, columns n (Varshalovich
 * et al. 1988, 4.3 and 4.8; d¹_{1,0} = −sin β/√2).
 * @throws ValueError unless l is an integer from 0 to 2047 and β an angle
 */
export function wignerSmallD(l: number, beta: number): Float64Array {
  const where = "wignerSmallD";
  checkInteger(where, "the degree l", l, 0, MAX_DEGREE);
  checkAngle(where, "beta", beta);
  return compute(where, 8 * (2 * l + 1) ** 2, (kernels) => kernels.wignerSmallD(l, beta).slice());
}

/**
 * Wigner's D-matrix D^l_mn(α, β, γ) = e^{imα} d^l_mn(β) e^{inγ}, ZYZ angles: this package's D, the complex conjugate of
 * the textbook's (Varshalovich et al. 1988, 4.3). Both parts row-major `[2l+1, 2l+1]`, rows m, columns n.
 * @throws ValueError unless l is an integer from 0 to 2047 and α, β, γ are angles
 */
export function wignerD(l: number, alpha: number, beta: number, gamma: number): ComplexArray {
  const where = "wignerD";
  checkInteger(where, "the degree l", l, 0, MAX_DEGREE);
  checkAngle(where, "alpha", alpha);
  checkAngle(where, "beta", beta);
  checkAngle(where, "gamma", gamma);
  return compute(where, 16 * (2 * l + 1) ** 2, (kernels) => halves(kernels.wignerD(l, alpha, beta, gamma)));
}

/**
 * Spherical harmonics Y_lm(β, α) = √((2l+1)/4π) d^l_{m0}(β) e^{imα} of all degrees l ≤ lmax: orthonormal, with the
 * Condon–Shortley phase (Varshalovich et al. 1988, 5.2; Y_11 = −√(3/8π) sin β e^{iα}), at index l² + l + m.
 * @param beta colatitude
 * @param alpha longitude; both numbers, or both Float64Arrays of one length, which gives `[points, (lmax+1)²]`
 * @throws ValueError unless lmax is an integer from 0 to 2047, the angles are angles, and the result has at most 2²⁶
 *   numbers; ShapeError for arrays of different lengths
 */
export function sphericalHarmonics(
  lmax: number,
  beta: number | Float64Array,
  alpha: number | Float64Array,
): ComplexArray {
  const where = "sphericalHarmonics";
  checkInteger(where, "lmax", lmax, 0, MAX_DEGREE);
  const betas = numbers(where, "beta", "an angle in radians, at most 1e5 in size", beta, MAX_ANGLE);
  const alphas = numbers(where, "alpha", "an angle in radians, at most 1e5 in size", alpha, MAX_ANGLE);
  if (betas.length !== alphas.length || typeof beta !== typeof alpha) {
    const [b, a] = [beta, alpha].map((x) => (typeof x === "number" ? "a number" : `${x.length} numbers`));
    throw new ShapeError(`${where}: beta and alpha must be two numbers or arrays of one length, got ${b} and ${a}`);
  }
  const count = 2 * betas.length * (lmax + 1) ** 2;
  checkCount(where, count, "take fewer points or a lower degree");
  return compute(where, 8 * count, (kernels) => halves(kernels.sphericalHarmonics(lmax, betas, alphas)));
}

/**
 * Associated Legendre functions √((l−m)!/(l+m)!) P_l^m(x) = d^l_{m0}(arccos x), with the Condon–Shortley phase in P_l^m
 * (Varshalovich et al. 1988, 5.2): at most 1 in size at every degree, and P_l(x) for m = 0.
 * @param x from −1 to 1: a number, or a Float64Array, which gives an array
 * @throws ValueError unless l is an integer from 0 to 2047, m one from −l to l, and x in range
 */
export function legendre(l: number, m: number, x: number): number;
export function legendre(l: number, m: number, x: Float64Array): Float64Array;
export function legendre(l: number, m: number, x: number | Float64Array): number | Float64Array {
  const where = "legendre";
  checkInteger(where, "the degree l", l, 0, MAX_DEGREE);
  checkInteger(where, "the order m", m, -l, l);
  const points = numbers(where, "x", "a number from -1 to 1", x, 1);
  checkCount(where, points.length, "take fewer points at a time");
  return compute(where, points.byteLength, (kernels) => {
    const values = kernels.legendre(l, m, points);
    return typeof x === "number" ? values[0]! : values.slice();
  });
}

/**
 * The weights w_j = (2/b) sin β_j Σ_{k<b} sin((2k+1) β_j)/(2k+1), `[2b]`, at the angles β_j = π(2j+1)/(4b), with which
 * Σ w_j f(cos β_j) = ∫ f over [−1, 1] for polynomials of degree below 2b (Driscoll & Healy 1994).
 * @throws ValueError unless the bandwidth b is an integer from 1 to 16384
 */
export function quadratureWeights(bandwidth: number): Float64Array {
  const where = "quadratureWeights";
  checkInteger(where, "the bandwidth", bandwidth, 1, MAX_BANDWIDTH);
  return compute(where, 16 * bandwidth, (kernels) => kernels.quadratureWeights(bandwidth).slice());
}

/**
 * Clebsch–Gordan coefficients ⟨l1 m1 l2 m2 | l3 m3⟩ (Condon–Shortley; Varshalovich et al. 1988, 8), row-major
 * `[2·l1+1, 2·l2+1, 2·l3+1]`, orders ascending. They vanish unless m3 = m1 + m2 and |l1−l2| ≤ l3 ≤ l1+l2: other degrees
 * give zeros.
 * @throws ValueError unless the degrees are integers from 0 to 2047 and the result has at most 2²⁶ numbers
 */
export function clebschGordan(l1: number, l2: number, l3: number): Float64Array {
  const where = "clebschGordan";
  for (const [name, l] of Object.entries({ l1, l2, l3 })) checkInteger(where, name, l, 0, MAX_DEGREE);
  const [rows, columns, depth] = [2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1];
  checkCount(where, rows * columns * depth, "take lower degrees");
  return compute(where, 8 * rows * columns * depth, (kernels) => {
    const table = kernels.clebschGordan(l1, l2, l3);
    const coefficients = new Float64Array(rows * columns * depth);
    for (let m1 = -l1; m1 <= l1; m1++) {
      const [first, last] = [Math.max(-l2, -l3 - m1), Math.min(l2, l3 - m1)];
      for (let m2 = first; m2 <= last; m2++) {
        const pair = (m1 + l1) * columns + m2 + l2;
        coefficients[pair * depth + m1 + m2 + l3] = table[pair]!;
      }
    }
    return coefficients;
  });
}

/** Copies of the two halves of an array. */
function halves(parts: Float64Array): ComplexArray {
  const half = parts.length / 2;
  return { re: parts.slice(0, half), im: parts.slice(half) };
}

function checkInteger(where: string, name: string, value: number, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  throw new ValueError(`${where}: ${name} must be an integer from ${lowest || 0} to ${highest}, got ${quote(value)}`);
}

function checkAngle(where: string, name: string, angle: number): void {
  if (typeof angle === "number" && Math.abs(angle) <= MAX_ANGLE) return;
  throw new ValueError(
    `${where}: ${name} must be an angle in radians, at most ${MAX_ANGLE} in size, got ${quote(angle)}`,
  );
}

/** A number, or those of a Float64Array, as an array whose numbers are at most `limit` in size. */
function numbers(where: string, name: string, what: string, value: unknown, limit: number): Float64Array {
  if (typeof value === "number" && Math.abs(value) <= limit) return Float64Array.of(value);
  if (!ArrayBuffer.isView(value) || Object.prototype.toString.call(value) !== "[object Float64Array]") {
    throw new ValueError(`${where}: ${name} must be ${what}, or a Float64Array of such, got ${quote(value)}`);
  }
  const array = value as Float64Array;
  const wrong = array.findIndex((x) => !(Math.abs(x) <= limit));
  if (wrong < 0) return array;
  throw new ValueError(`${where}: each ${name} must be ${what}, got ${array[wrong]} at index ${wrong}`);
}

function checkCount(where: string, count: number, remedy: string): void {
  if (count <= MAX_NUMBERS) return;
  throw new ValueError(
    `${where}: the result may have at most ${MAX_NUMBERS} numbers, this one would have ${count}; ${remedy}`,
  );
}
