// Seeded random numbers, the same stream on every engine: integer arithmetic, + − × ÷ and square roots only, none of the
// host's transcendental functions (they may differ in the last bit).
//
// Generator: xoshiro128** 1.1 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2018), whose 128-bit
// state is filled by splitmix64 (Steele, Lea & Flood 2014) from a 64-bit key.

import { ValueError } from "./errors.ts";

/** Everything needed to go on where a generator stopped; plain JSON. */
export interface RandomState {
  /** The 64-bit key that the generator was made from, 16 hexadecimal digits. */
  readonly key: string;
  /** The four 32-bit words of xoshiro128**. */
  readonly words: readonly [number, number, number, number];
}

const MASK64 = (1n << 64n) - 1n;
const GOLDEN = 0x9e3779b97f4a7c15n;

/** splitmix64's output function: a bijection on 64-bit words in which every input bit reaches every output bit. */
function mix(word: bigint): bigint {
  let z = word;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK64;
  return z ^ (z >> 31n);
}

/** The key of a label below another key: the label's UTF-16 units (or the number's 53 bits) mixed in one after another. */
function derive(key: bigint, label: string | number): bigint {
  if (typeof label === "number") {
    if (!Number.isSafeInteger(label) || label < 0) {
      throw new ValueError(`Random.fork: a numeric label must be an integer from 0 to 2^53 - 1, got ${label}`);
    }
    return mix(mix((key + GOLDEN) & MASK64) ^ BigInt(label) ^ GOLDEN);
  }
  // The odd constant keeps the string "7" and the number 7 apart.
  let derived = mix(key ^ 0xd1342543de82ef95n);
  for (let i = 0; i < label.length; i++) derived = mix((derived + GOLDEN + BigInt(label.charCodeAt(i))) & MASK64);
  return derived;
}

/** A seeded stream of random numbers. Same seed, same stream, on every engine. */
export class Random {
  #key: bigint;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /**
   * @param seed an integer from 0 to 2^53 − 1
   * @throws ValueError for any other seed
   */
  constructor(seed = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new ValueError(`Random: the seed must be an integer from 0 to 2^53 - 1, got ${seed}`);
    }
    this.#key = BigInt(seed);
    this.#fill();
  }

  #fill(): void {
    const first = mix((this.#key + GOLDEN) & MASK64);
    const second = mix((this.#key + 2n * GOLDEN) & MASK64);
    this.#a = Number(first & 0xffffffffn) | 0;
    this.#b = Number(first >> 32n) | 0;
    this.#c = Number(second & 0xffffffffn) | 0;
    this.#d = Number(second >> 32n) | 0;
  }

  /** The next 32 random bits, as an integer from 0 to 2^32 − 1. */
  bits(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform on [0, 1): a multiple of 2^−53, all of them equally likely. */
  next(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform on [low, high). */
  uniform(low: number, high: number): number {
    if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
      throw new ValueError(`Random.uniform: expected finite low <= high, got ${low} and ${high}`);
    }
    return low + (high - low) * this.next();
  }

  /** Standard normal, by Marsaglia's polar method. The pair's second number is dropped, so that `state()` is complete. */
  normal(): number {
    for (;;) {
      const x = 2 * this.next() - 1;
      const y = 2 * this.next() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) return x * Math.sqrt((-2 * naturalLogarithm(s)) / s);
    }
  }

  /** Uniform on the integers 0 … n − 1, without bias (draws are rejected above the largest multiple of n). */
  integer(n: number): number {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new ValueError(`Random.integer: the count must be an integer from 1 to 2^53 - 1, got ${n}`);
    }
    const end = 9007199254740992 - (9007199254740992 % n);
    for (;;) {
      const draw = this.next() * 9007199254740992;
      if (draw < end) return draw % n;
    }
  }

  /** Shuffles in place (Fisher–Yates), every order equally likely, and returns the same array. */
  shuffle<A extends { readonly length: number; [index: number]: unknown }>(array: A): A {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = array[i];
      array[i] = array[j];
      array[j] = held;
    }
    return array;
  }

  /** The integers 0 … n − 1 in random order. */
  permutation(n: number): Uint32Array {
    if (!Number.isInteger(n) || n < 0 || n > 4294967295) {
      throw new ValueError(`Random.permutation: the length must be an integer from 0 to 2^32 - 1, got ${n}`);
    }
    return this.shuffle(Uint32Array.from({ length: n }, (_, i) => i));
  }

  /**
   * An independent generator for a purpose ("shuffle") or a number (an epoch, a digit's index). It depends on this
   * generator's seed and on the label only, not on how many numbers have been drawn.
   */
  fork(label: string | number): Random {
    const child = new Random();
    child.#key = derive(this.#key, label);
    child.#fill();
    return child;
  }

  /** What `restore` needs to go on from here. */
  state(): RandomState {
    return {
      key: this.#key.toString(16).padStart(16, "0"),
      words: [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#d >>> 0],
    };
  }

  /**
   * Goes on from a state that `state()` returned, here or in another run.
   * @throws ValueError if it is not such a state; the generator is then unchanged
   */
  restore(state: RandomState): this {
    const { key, words } = (state ?? {}) as Partial<RandomState>;
    const isWord = (word: unknown) => Number.isInteger(word) && (word as number) >= 0 && (word as number) <= 0xffffffff;
    const sound =
      typeof key === "string" &&
      /^[0-9a-f]{16}$/.test(key) &&
      Array.isArray(words) &&
      words.length === 4 &&
      words.every(isWord) &&
      words.some((word) => word !== 0);
    if (!sound) {
      throw new ValueError(
        `Random.restore: expected {key: 16 hexadecimal digits, words: four 32-bit integers, not all 0}, got ${JSON.stringify(state)}`,
      );
    }
    this.#key = BigInt(`0x${key}`);
    this.#a = words[0] | 0;
    this.#b = words[1] | 0;
    this.#c = words[2] | 0;
    this.#d = words[3] | 0;
    return this;
  }
}

/**
 * ln x for 0 < x < 1 from + − × ÷ alone, relative error below 1e-15: x = m·2^e with m in [1/√2, √2), and
 * ln m = 2 artanh((m − 1)/(m + 1)), whose series in z² ≤ 0.0295 is cut below 2^−54.
 */
function naturalLogarithm(x: number): number {
  let m = x;
  let e = 0;
  while (m < Math.SQRT1_2) {
    m *= 2;
    e--;
  }
  const z = (m - 1) / (m + 1);
  const zz = z * z;
  let series = 1 / 23;
  for (let odd = 21; odd >= 1; odd -= 2) series = series * zz + 1 / odd;
  return e * Math.LN2 + 2 * z * series;
}
