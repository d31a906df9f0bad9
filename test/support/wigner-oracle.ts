// d^l_mn(β) and quadrature weights to the last bit of f64: explicit sums in integers scaled by 2^bits.
//
// Source: the factorial sum of test/reference/README.md, with binomials,
//
//   d^l_mn = √((l+m)! (l−m)! / ((l+n)! (l−n)!)) Σ_k (−1)^{m−n+k} C(l+n, k) C(l−n, l−m−k) c^{2l+n−m−2k} s^{m−n+2k}.
//
// Its terms are below 2^{2l} and the root below 2^l, so 3l bits may cancel; 192 more are kept.

/** cos(β/2) and sin(β/2) times 2^bits. */
export interface HalfAngle {
  readonly bits: bigint;
  readonly cosine: bigint;
  readonly sine: bigint;
}

/** Bits that degree l needs. */
export function oracleBits(l: number): bigint {
  return BigInt(3 * l + 192);
}

/** The half of the angle that the double β is. */
export function halfAngle(beta: number, bits: bigint): HalfAngle {
  let exponent = 0n;
  let significand = beta;
  while (!Number.isInteger(significand)) {
    significand *= 2;
    exponent++;
  }
  return sineCosine((BigInt(significand) << bits) >> (exponent + 1n), bits);
}

/** The half of π·numerator/denominator. */
export function halfTurn(numerator: number, denominator: number, bits: bigint): HalfAngle {
  return sineCosine((pi(bits) * BigInt(numerator)) / BigInt(2 * denominator), bits);
}

/** Orders (m, n) of degree l, with the integers that all angles share. */
export function exactWignerD(l: number, m: number, n: number): (half: HalfAngle) => number {
  const first = Math.max(0, n - m);
  const last = Math.min(l + n, l - m);
  let term = binomial(l + n, first) * binomial(l - n, l - m - first);
  const terms: bigint[] = [];
  for (let k = first; k <= last; k++) {
    terms.push((m - n + k) & 1 ? -term : term);
    term = (term * BigInt(l + n - k) * BigInt(l - m - k)) / (BigInt(k + 1) * BigInt(m - n + k + 1));
  }
  const [numerator, denominator] = [binomial(2 * l, l + n), binomial(2 * l, l + m)];
  return ({ bits, cosine, sine }) => {
    const [cosine2, sine2] = [(cosine * cosine) >> bits, (sine * sine) >> bits];
    let sum = 0n;
    let power = 1n << bits;
    for (const term of terms) {
      sum = ((sum * cosine2) >> bits) + term * power;
      power = (power * sine2) >> bits;
    }
    const outer = (raise(cosine, 2 * l + n - m - 2 * last, bits) * raise(sine, m - n + 2 * first, bits)) >> bits;
    const root = squareRoot((numerator << (2n * bits)) / denominator);
    return toNumber((((sum * outer) >> bits) * root) >> bits, bits);
  };
}

/** w_j of bandwidth b: (2/b) sin β_j Σ_{k<b} sin((2k+1) β_j)/(2k+1). */
export function exactQuadratureWeight(b: number, j: number): number {
  const bits = 192n;
  const sine = (k: number) => sineCosine((pi(bits) * BigInt(((2 * j + 1) * k) % (8 * b))) / BigInt(4 * b), bits).sine;
  let sum = 0n;
  for (let k = 0; k < b; k++) sum += sine(2 * k + 1) / BigInt(2 * k + 1);
  return toNumber((2n * sine(1) * sum) / (BigInt(b) << bits), bits);
}

/** Of angle / 2^bits radians, small ones. */
export function sineCosine(angle: bigint, bits: bigint): HalfAngle {
  let [sine, cosine, k] = [0n, 0n, 0n];
  for (let term = 1n << bits; term !== 0n; term = (term * angle) / (k << bits)) {
    const signed = k & 2n ? -term : term;
    if (k & 1n) sine += signed;
    else cosine += signed;
    k += 1n;
  }
  return { bits, cosine, sine };
}

const known = new Map<bigint, bigint>();

/** π·2^bits by Machin's formula. */
export function pi(bits: bigint): bigint {
  const arctanInverse = (q: bigint) => {
    let [sum, power] = [0n, (1n << (bits + 32n)) / q];
    for (let k = 1n; power !== 0n; k += 2n, power /= -q * q) sum += power / k;
    return sum;
  };
  let value = known.get(bits);
  if (value === undefined) {
    value = (4n * (4n * arctanInverse(5n) - arctanInverse(239n))) >> 32n;
    known.set(bits, value);
  }
  return value;
}

function binomial(n: number, k: number): bigint {
  let value = 1n;
  for (let i = 1; i <= k; i++) value = (value * BigInt(n - k + i)) / BigInt(i);
  return value;
}

function raise(base: bigint, exponent: number, bits: bigint): bigint {
  let value = 1n << bits;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) value = (value * base) >> bits;
    base = (base * base) >> bits;
  }
  return value;
}

/** ⌊√x⌋ by Newton's iteration from above. */
export function squareRoot(x: bigint): bigint {
  if (x === 0n) return x;
  let root = 1n << BigInt((x.toString(16).length + 1) * 2);
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** x / 2^bits rounded to f64. */
export function toNumber(x: bigint, bits: bigint): number {
  const size = BigInt((x < 0n ? -x : x).toString(16).length * 4);
  const drop = size > 64n ? size - 64n : 0n;
  return Number(x >> drop) * 2 ** Number(drop - bits);
}
