// A plane picture on the sphere, as the spherical MNIST of Cohen et al. 2018 (§5.2) is made; s2cnn, examples/mnist.
//
// The unit sphere stands on the plane z = 0, its centre at (0, 0, 1). A ray from (0, 0, 2.001), just above the north pole,
// through a point of the sphere meets the plane at q; the square [−1.5, 1.5]² of the plane is the picture, x along rows,
// y along columns, zero outside. The samples are stretched to 0 … 255 and cut to integers. A rotated picture is made by
// rotating the sampling points: the picture stays where it is.

import { ShapeError, ValueError } from "../errors.ts";
import { checkBandwidth, driscollHealyBeta, softAlpha, softBeta } from "../sphere/indices.ts";
import { pointFromAngles, type Rotation, type RotationMatrix, toMatrix } from "../sphere/rotations.ts";

/** Height of the centre of projection above the plane. */
const SOURCE = 2 + 1e-3;
/** Half the side of the square of the plane that the picture fills. */
const HALF_SIDE = 1.5;

/** Zero pixels around the picture, so that the interpolation never has to ask where the picture ends. */
const FRAME = 2;

const UPRIGHT = toMatrix([1, 0, 0, 0]);

/** How pictures are sampled. */
export interface Sampling {
  /** Colatitudes: "soft" is the grid that every layer assumes, "driscoll-healy" is half a step off. */
  readonly grid: "soft" | "driscoll-healy";
  /**
   * "bilinear" between pixels ⌊x⌋ and ⌊x⌋ + 1; "blurred" between pixels ⌊x⌋ − 1 and ⌊x⌋ + 1 with weights ⌊x⌋ + 1 − x and
   * x − ⌊x⌋ + 1, which s2cnn did until November 2024 and so in all published results.
   */
  readonly interpolation: "bilinear" | "blurred";
}

/** How digits become signals: a key of `PROTOCOLS`. */
export type Protocol = "default" | "paper";

/** The two ways to make the data set: ours, and the one of the published numbers. */
export const PROTOCOLS: Readonly<Record<Protocol, Sampling & { readonly picturesPerRotation: number }>> = {
  default: { grid: "soft", interpolation: "bilinear", picturesPerRotation: 1 },
  paper: { grid: "driscoll-healy", interpolation: "blurred", picturesPerRotation: 500 },
};

/**
 * Returns the protocol of that name.
 * @throws ValueError for an unknown name
 */
export function protocolOf(name: string): (typeof PROTOCOLS)[Protocol] {
  if (!Object.hasOwn(PROTOCOLS, name)) {
    throw new ValueError(`unknown protocol "${name}", expected ${Object.keys(PROTOCOLS).join(" or ")}`);
  }
  return PROTOCOLS[name as Protocol];
}

/** Sizes of signal and picture, and how one becomes the other. */
export interface ProjectorOptions {
  /** Bandwidth b of the signal, which has (2b)² samples; 30. */
  readonly bandwidth?: number;
  /** Pixels along a side of the square pictures; 28. */
  readonly side?: number;
  /** A protocol's name, or a sampling of your own; "default". */
  readonly protocol?: Protocol | Sampling;
}

/** Projects pictures of one size to signals of one bandwidth, keeping the geometry between them. */
export class Projector {
  readonly bandwidth: number;
  readonly side: number;
  readonly sampling: Sampling;

  /** The unit vectors of the grid, unrotated: all x, all y, all z. */
  readonly #grid: Float64Array;
  /** The rotation that the geometry below belongs to, once there is one. */
  #aimed: RotationMatrix | undefined;

  // The samples whose rays hit the picture: for each of the first #hits entries which sample it is, its pixel of lowest
  // indices (in the picture with its frame) and the weights of the lower and the upper row and column.
  #hits = 0;
  readonly #sample: Int32Array;
  readonly #pixel: Int32Array;
  readonly #rowLow: Float64Array;
  readonly #rowHigh: Float64Array;
  readonly #columnLow: Float64Array;
  readonly #columnHigh: Float64Array;

  /** The picture at hand within its frame. */
  readonly #framed: Float64Array;
  readonly #values: Float64Array;

  /** @throws ValueError for an impossible bandwidth or side, an unknown protocol */
  constructor(options: ProjectorOptions = {}) {
    const { bandwidth = 30, side = 28, protocol = "default" } = options;
    checkBandwidth("Projector", bandwidth);
    if (bandwidth > 1024) throw new ValueError(`Projector: the bandwidth may be at most 1024, got ${bandwidth}`);
    if (!Number.isInteger(side) || side < 1 || side > 8192) {
      throw new ValueError(`Projector: the pictures' side must be an integer from 1 to 8192, got ${side}`);
    }
    this.bandwidth = bandwidth;
    this.side = side;
    this.sampling = typeof protocol === "string" ? protocolOf(protocol) : protocol;
    const betas = this.sampling.grid === "soft" ? softBeta(bandwidth) : driscollHealyBeta(bandwidth);
    const alphas = softAlpha(bandwidth);
    const size = betas.length * alphas.length;
    this.#grid = new Float64Array(3 * size);
    for (let j = 0; j < betas.length; j++) {
      for (let k = 0; k < alphas.length; k++) {
        const point = pointFromAngles(betas[j]!, alphas[k]!);
        for (let axis = 0; axis < 3; axis++) this.#grid[axis * size + j * alphas.length + k] = point[axis]!;
      }
    }
    this.#sample = new Int32Array(size);
    this.#pixel = new Int32Array(size);
    this.#rowLow = new Float64Array(size);
    this.#rowHigh = new Float64Array(size);
    this.#columnLow = new Float64Array(size);
    this.#columnHigh = new Float64Array(size);
    this.#framed = new Float64Array((side + 2 * FRAME) ** 2);
    this.#values = new Float64Array(size);
  }

  /** Samples in a projected picture: (2b)². */
  get size(): number {
    return this.#values.length;
  }

  /** The points that are sampled, as three planes [3, 2b, 2b] of x, y and z: R times the grid's unit vectors. */
  points(rotation?: Rotation): Float64Array {
    const m = rotation === undefined ? UPRIGHT : toMatrix(rotation);
    const { size } = this;
    const grid = this.#grid;
    const points = new Float64Array(3 * size);
    for (let i = 0; i < size; i++) {
      for (let axis = 0; axis < 3; axis++) {
        points[axis * size + i] =
          m[3 * axis]! * grid[i]! + m[3 * axis + 1]! * grid[size + i]! + m[3 * axis + 2]! * grid[2 * size + i]!;
      }
    }
    return points;
  }

  /**
   * Projects one picture. The geometry of the last rotation is kept: pictures that share one cost a third.
   * @param picture side² grey values, row by row
   * @param rotation turns the sampling points; none if left out
   * @param into receives the (2b)² samples, axes β, α; a new array if left out
   * @returns `into`: the samples from 0 to 255; all 0 for a picture that is the same everywhere it is sampled
   * @throws ShapeError if picture or `into` have another size; ValueError for what is no rotation
   */
  project(picture: Uint8Array, rotation?: Rotation, into: Uint8Array = new Uint8Array(this.size)): Uint8Array {
    const { side, size } = this;
    if (picture.length !== side * side) {
      throw new ShapeError(`Projector.project: expected a picture of ${side}×${side} pixels, got ${picture.length}`);
    }
    if (into.length !== size) {
      throw new ShapeError(`Projector.project: expected room for ${size} samples, got ${into.length}`);
    }
    this.#aim(rotation === undefined ? UPRIGHT : toMatrix(rotation));
    const stride = side + 2 * FRAME;
    for (let row = 0; row < side; row++) {
      this.#framed.set(picture.subarray(row * side, (row + 1) * side), (row + FRAME) * stride + FRAME);
    }
    this.#interpolate(stride, this.sampling.interpolation === "blurred" ? 2 : 1);
    this.#stretch(into);
    return into;
  }

  /** Follows the ray through each point of the rotated grid into the picture. */
  #aim(m: RotationMatrix): void {
    const aimed = this.#aimed;
    if (aimed !== undefined && m.every((entry, i) => entry === aimed[i])) return;
    const { size, side } = this;
    const grid = this.#grid;
    const blurred = this.sampling.interpolation === "blurred";
    const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = m;
    const reach = blurred ? 1 : 0;
    const stride = side + 2 * FRAME;
    let hits = 0;
    for (let i = 0; i < size; i++) {
      const gx = grid[i]!;
      const gy = grid[size + i]!;
      const gz = grid[2 * size + i]!;
      const x = xx * gx + xy * gy + xz * gz;
      const y = yx * gx + yy * gy + yz * gz;
      const z = zx * gx + zy * gy + zz * gz + 1;
      // Steps and their order are the original's: where x falls on a pixel's edge, the last bit chooses the pixel.
      const t = -z / (z - SOURCE);
      const row = ((t * x + x + HALF_SIDE) / (2 * HALF_SIDE)) * side;
      const column = ((t * y + y + HALF_SIDE) / (2 * HALF_SIDE)) * side;
      // The original cut towards zero, which matters for the row of pixels just outside the picture.
      const r = blurred ? Math.trunc(row) : Math.floor(row);
      const c = blurred ? Math.trunc(column) : Math.floor(column);
      if (!(r >= -1 && r < side + reach && c >= -1 && c < side + reach)) continue;
      this.#sample[hits] = i;
      this.#pixel[hits] = (r - reach + FRAME) * stride + c - reach + FRAME;
      this.#rowLow[hits] = r + 1 - row;
      this.#rowHigh[hits] = row - (r - reach);
      this.#columnLow[hits] = c + 1 - column;
      this.#columnHigh[hits] = column - (c - reach);
      hits++;
    }
    this.#hits = hits;
    this.#aimed = m;
  }

  /** The values at the hits, from the framed picture; the pixels of each are `apart` from each other. */
  #interpolate(stride: number, apart: number): void {
    const framed = this.#framed;
    const down = stride * apart;
    for (let i = 0; i < this.#hits; i++) {
      const p = this.#pixel[i]!;
      const low = this.#rowLow[i]! * framed[p]! + this.#rowHigh[i]! * framed[p + down]!;
      const high = this.#rowLow[i]! * framed[p + apart]! + this.#rowHigh[i]! * framed[p + down + apart]!;
      this.#values[i] = this.#columnLow[i]! * low + this.#columnHigh[i]! * high;
    }
  }

  /** Stretches the values, which are never negative, to 0 … 255; a sample that missed the picture is worth 0. */
  #stretch(into: Uint8Array): void {
    const values = this.#values;
    const hits = this.#hits;
    let min = hits < this.size ? 0 : values[0]!;
    let max = min;
    for (let i = 0; i < hits; i++) {
      const value = values[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    into.fill(0);
    if (max === min) return;
    for (let i = 0; i < hits; i++) into[this.#sample[i]!] = ((values[i]! - min) / (max - min)) * 255;
  }
}

/**
 * Projects one picture; for many of them keep a `Projector`.
 * @param picture grey values of a square picture, row by row; 28×28 unless `side` says otherwise
 * @returns (2b)² samples from 0 to 255, axes β, α
 */
export function projectImage(
  picture: Uint8Array,
  options: ProjectorOptions & { readonly rotation?: Rotation } = {},
): Uint8Array {
  return new Projector(options).project(picture, options.rotation);
}
