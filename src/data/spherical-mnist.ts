// Spherical MNIST: digits projected on the sphere one by one when they are asked for, each rotated by a rotation of its
// own that depends on the seed and the digit's number alone, so that every epoch and every run sees the same signals.

import { ShapeError, ValueError } from "../errors.ts";
import { Random } from "../random.ts";
import { type Quaternion, randomRotation } from "../sphere/rotations.ts";
import { Projector, type Protocol, protocolOf } from "./projection.ts";

/**
 * The seed of the test digits' rotations, unless another is asked for: far from the seeds that people count up from 0, so
 * that no training digit has a test digit's rotation.
 */
export const TEST_SEED = 10_000;

/** The digits, and how they lie on the sphere. */
export interface SphericalMnistOptions {
  /** Square pictures of grey values 0 … 255, one after the other. */
  readonly images: Uint8Array;
  /** A label for each picture. */
  readonly labels: Uint8Array;
  /** Pixels along a picture's side; 28. */
  readonly rows?: number;
  /** The same; a picture that is not square is refused. */
  readonly columns?: number;
  /** Whether the digits are rotated, by uniformly random rotations; not, if left out. */
  readonly rotated?: boolean;
  /** "default": a rotation for each digit; "paper": one for 500, and the original's sampling. */
  readonly protocol?: Protocol;
  /** Seed of the rotations; 0. Give training and test digits different ones. */
  readonly seed?: number;
  /** Bandwidth b of the signals; 30. */
  readonly bandwidth?: number;
  /** Keep every projected digit: (2b)² bytes each, 216 MB for 60,000 digits at b = 30. */
  readonly cache?: boolean;
}

/** Some digits, ready for a network. */
export interface DigitBatch {
  /** Samples from 0 to 255, `shape` in row-major order. */
  readonly images: Uint8Array;
  /** `[digits, 1, 2b, 2b]`: batch, feature, β, α. */
  readonly shape: readonly [number, 1, number, number];
  readonly labels: Uint8Array;
  /** The digits' numbers in the data set. */
  readonly indices: readonly number[];
}

/** A data set of digits on the sphere. */
export class SphericalMnist {
  readonly count: number;
  readonly labels: Uint8Array;
  readonly bandwidth: number;
  readonly rotated: boolean;
  readonly protocol: Protocol;
  readonly seed: number;

  readonly #images: Uint8Array;
  readonly #projector: Projector;
  readonly #rotations: Random;
  readonly #picturesPerRotation: number;
  readonly #cache: Uint8Array | undefined;
  readonly #cached: Uint8Array;

  /**
   * `new SphericalMnist({ ...(await loadMnist(dir, "train")), rotated: true, seed: 1 })`, with `loadMnist` from
   * "spherical-cnn/node"
   * @throws ShapeError if pictures and labels do not belong together; ValueError for an unknown protocol, an impossible
   * bandwidth or seed
   */
  constructor(options: SphericalMnistOptions) {
    const { images, labels, rows = 28, columns = rows, rotated = false, protocol = "default", seed = 0 } = options;
    if (rows !== columns) throw new ShapeError(`SphericalMnist: expected square pictures, got ${rows}×${columns}`);
    if (labels.length === 0) throw new ShapeError("SphericalMnist: expected at least one digit, got none");
    if (images.length !== labels.length * rows * rows) {
      throw new ShapeError(
        `SphericalMnist: expected ${labels.length} pictures of ${rows}×${rows} for as many labels, got ${images.length} pixels`,
      );
    }
    this.#picturesPerRotation = protocolOf(protocol).picturesPerRotation;
    this.#projector = new Projector({
      protocol,
      side: rows,
      ...(options.bandwidth !== undefined && { bandwidth: options.bandwidth }),
    });
    this.#rotations = new Random(seed).fork("rotations");
    this.#images = images;
    this.#cache = options.cache ? new Uint8Array(labels.length * this.#projector.size) : undefined;
    this.#cached = new Uint8Array(options.cache ? labels.length : 0);
    this.count = labels.length;
    this.labels = labels;
    this.bandwidth = this.#projector.bandwidth;
    this.rotated = rotated;
    this.protocol = protocol;
    this.seed = seed;
  }

  /** The rotation of a digit; undefined if the digits are upright. */
  rotation(index: number): Quaternion | undefined {
    this.#check(index);
    if (!this.rotated) return undefined;
    return randomRotation(this.#rotations.fork(Math.floor(index / this.#picturesPerRotation)));
  }

  /** The plane picture of a digit, before projection: a view, not a copy. */
  picture(index: number): Uint8Array {
    this.#check(index);
    const pixels = this.#projector.side ** 2;
    return this.#images.subarray(index * pixels, (index + 1) * pixels);
  }

  /** Writes the (2b)² samples of a digit, axes β, α, and returns them. */
  digit(index: number, into: Uint8Array = new Uint8Array(this.#projector.size)): Uint8Array {
    this.#check(index);
    if (this.#cache === undefined) return this.#projector.project(this.picture(index), this.rotation(index), into);
    const { size } = this.#projector;
    const place = this.#cache.subarray(index * size, (index + 1) * size);
    if (this.#cached[index] === 0) {
      this.#projector.project(this.picture(index), this.rotation(index), place);
      this.#cached[index] = 1;
    }
    into.set(place);
    return into;
  }

  /**
   * The digits of the given numbers, in their order.
   * @param into receives the samples; a new array if left out. It may be longer: `images` is the part that was filled.
   */
  batch(indices: ArrayLike<number>, into?: Uint8Array): DigitBatch {
    const { size } = this.#projector;
    const numbers = Array.from(indices);
    if (numbers.length === 0) throw new ShapeError("SphericalMnist.batch: expected at least one digit, got none");
    if (into !== undefined && into.length < numbers.length * size) {
      throw new ShapeError(
        `SphericalMnist.batch: expected room for ${numbers.length * size} samples, got ${into.length}`,
      );
    }
    for (const index of numbers) this.#check(index);
    const images = into?.subarray(0, numbers.length * size) ?? new Uint8Array(numbers.length * size);
    const labels = new Uint8Array(numbers.length);
    numbers.forEach((index, i) => {
      this.digit(index, images.subarray(i * size, (i + 1) * size));
      labels[i] = this.labels[index]!;
    });
    const side = 2 * this.bandwidth;
    return { images, shape: [numbers.length, 1, side, side], labels, indices: numbers };
  }

  /**
   * The digits of `order` in batches of `size`; the last batch has what is left. All batches share one array of samples:
   * each is overwritten by the next.
   */
  *batches(order: ArrayLike<number>, size: number): Generator<DigitBatch, void, undefined> {
    if (!Number.isInteger(size) || size < 1) {
      throw new ValueError(`SphericalMnist.batches: the batch size must be a positive integer, got ${size}`);
    }
    const room = new Uint8Array(Math.min(size, order.length) * this.#projector.size);
    for (let start = 0; start < order.length; start += size) {
      const end = Math.min(start + size, order.length);
      yield this.batch(
        Array.from({ length: end - start }, (_, i) => order[start + i]!),
        room,
      );
    }
  }

  /**
   * The numbers of all digits in two random groups without overlap, for training and validation: the first group has
   * `count − held`, the second `held` digits.
   */
  split(held: number, seed = 0): [Uint32Array, Uint32Array] {
    if (!Number.isInteger(held) || held < 0 || held > this.count) {
      throw new ValueError(`SphericalMnist.split: expected from 0 to ${this.count} digits to hold out, got ${held}`);
    }
    const order = new Random(seed).fork("split").permutation(this.count);
    return [order.slice(0, this.count - held).sort(), order.slice(this.count - held).sort()];
  }

  #check(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) {
      throw new ValueError(`SphericalMnist: expected a digit's number from 0 to ${this.count - 1}, got ${index}`);
    }
  }
}
