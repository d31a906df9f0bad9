// Rotations of three-dimensional space as ZYZ Euler angles, unit quaternions or matrices.
//
// ZYZ: R = Rz(α) Ry(β) Rz(γ), active rotations of column vectors. Quaternion [w, x, y, z], Hamilton product, point p goes
// to q p q̄. Matrix: row-major, nine numbers. All conversions pass through the quaternion, in which ZYZ has no gimbal
// trouble:  w = cos β/2 cos (α+γ)/2    x = −sin β/2 sin (α−γ)/2
//           z = cos β/2 sin (α+γ)/2    y =  sin β/2 cos (α−γ)/2

import { ValueError } from "../errors.ts";
import type { Random } from "../random.ts";

/** R = Rz(alpha) Ry(beta) Rz(gamma), in radians. */
export interface EulerAngles {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/** Unit quaternion w + xi + yj + zk; q and −q are the same rotation. */
export type Quaternion = readonly [w: number, x: number, y: number, z: number];

/** Row-major 3×3 matrix. */
// biome-ignore format: a matrix
export type RotationMatrix = readonly [
  xx: number, xy: number, xz: number,
  yx: number, yy: number, yz: number,
  zx: number, zy: number, zz: number,
];

/** A point or vector of space. */
export type Point = readonly [x: number, y: number, z: number];

/** A rotation in any of its three forms; arrays (typed ones too) are told apart by their length, 4 or 9. */
export type Rotation = EulerAngles | Quaternion | RotationMatrix | ArrayLike<number>;

/**
 * How far a given quaternion's norm may be from 1 and a given matrix times its transpose from the identity: what
 * rounding to f32 and a few f32 products leave. The rotation nearby is used.
 */
const TOLERANCE = 1e-5;

const TURN = 2 * Math.PI;

/** The largest angle that is taken, in radians, 16 thousand turns: of a larger one ever less is left in its last places. */
export const MAX_ANGLE = 1e5;

/** Whether `angle` is a number of radians of at most `MAX_ANGLE` in size. */
export const isAngle = (angle: number): boolean => Math.abs(angle) <= MAX_ANGLE;

function describe(rotation: unknown): string {
  if (typeof rotation !== "object" || rotation === null) return String(rotation);
  const entries = Object.entries(rotation).slice(0, 10);
  if ("length" in rotation) return `${rotation.length} numbers [${entries.map(([, x]) => x).join(", ")}]`;
  return `{${entries.map(([key, x]) => `${key}: ${x}`).join(", ")}}`;
}

function fromMatrix(m: ArrayLike<number>): Quaternion {
  for (let i = 0; i < 3; i++) {
    for (let k = i; k < 3; k++) {
      const product = m[3 * i]! * m[3 * k]! + m[3 * i + 1]! * m[3 * k + 1]! + m[3 * i + 2]! * m[3 * k + 2]!;
      const error = Math.abs(product - (i === k ? 1 : 0));
      if (!(error <= TOLERANCE)) {
        throw new ValueError(
          `rotation matrix: rows ${i} and ${k} are not orthonormal (product off by ${error}, allowed ${TOLERANCE}): ${describe(m)}`,
        );
      }
    }
  }
  const [a, b, c] = [m[0]!, m[1]!, m[2]!];
  const [d, e, f] = [m[3]!, m[4]!, m[5]!];
  const [g, h, i] = [m[6]!, m[7]!, m[8]!];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (determinant < 0) {
    throw new ValueError(
      `rotation matrix: determinant ${determinant}, expected +1; this is a reflection: ${describe(m)}`,
    );
  }
  // Shepperd 1978: 4w², 4x², 4y², 4z² are sums of the diagonal; start from the largest, so that nothing cancels.
  const squares = [1 + a + e + i, 1 + a - e - i, 1 - a + e - i, 1 - a - e + i];
  const largest = squares.indexOf(Math.max(...squares));
  if (largest === 0) return normalise([squares[0]!, h - f, c - g, d - b]);
  if (largest === 1) return normalise([h - f, squares[1]!, b + d, c + g]);
  if (largest === 2) return normalise([c - g, b + d, squares[2]!, f + h]);
  return normalise([d - b, c + g, f + h, squares[3]!]);
}

function normalise(q: Quaternion): Quaternion {
  const [w, x, y, z] = q;
  const scale = 1 / Math.sqrt(w * w + x * x + y * y + z * z);
  return [w * scale, x * scale, y * scale, z * scale];
}

function isEuler(rotation: Rotation): rotation is EulerAngles {
  return typeof rotation === "object" && rotation !== null && "alpha" in rotation;
}

function checkEuler({ alpha, beta, gamma }: EulerAngles): void {
  if (!(isAngle(alpha) && isAngle(beta) && isAngle(gamma))) {
    throw new ValueError(
      `Euler angles must be three finite numbers in radians, at most ${MAX_ANGLE} in size, got ${describe({ alpha, beta, gamma })}`,
    );
  }
}

/**
 * Any rotation as a unit quaternion.
 * @throws ValueError for what is no rotation: NaN, infinite or missing numbers, an angle beyond 1e5, a norm or matrix off by
 * more than 1e-5, a reflection
 */
export function toQuaternion(rotation: Rotation): Quaternion {
  if (isEuler(rotation)) {
    checkEuler(rotation);
    const half = rotation.beta / 2;
    const sum = (rotation.alpha + rotation.gamma) / 2;
    const difference = (rotation.alpha - rotation.gamma) / 2;
    const [c, s] = [Math.cos(half), Math.sin(half)];
    return [c * Math.cos(sum), -s * Math.sin(difference), s * Math.cos(difference), c * Math.sin(sum)];
  }
  if (rotation?.length === 9) return fromMatrix(rotation);
  if (rotation?.length === 4) {
    const q: Quaternion = [rotation[0]!, rotation[1]!, rotation[2]!, rotation[3]!];
    const norm = Math.hypot(...q);
    if (!(Math.abs(norm - 1) <= TOLERANCE)) {
      throw new ValueError(
        `quaternion [w, x, y, z]: norm ${norm}, expected 1 within ${TOLERANCE}: ${describe(rotation)}`,
      );
    }
    return normalise(q);
  }
  throw new ValueError(
    `rotation: expected {alpha, beta, gamma}, a quaternion [w, x, y, z] or a row-major matrix of 9 numbers, got ${describe(rotation)}`,
  );
}

/** Any rotation as a row-major 3×3 matrix. Errors as `toQuaternion`. */
export function toMatrix(rotation: Rotation): RotationMatrix {
  const [w, x, y, z] = toQuaternion(rotation);
  const [xx, yy, zz] = [x * x, y * y, z * z];
  const [xy, xz, yz] = [x * y, x * z, y * z];
  const [wx, wy, wz] = [w * x, w * y, w * z];
  // biome-ignore format: a matrix
  return [
    1 - 2 * (yy + zz), 2 * (xy - wz), 2 * (xz + wy),
    2 * (xy + wz), 1 - 2 * (xx + zz), 2 * (yz - wx),
    2 * (xz - wy), 2 * (yz + wx), 1 - 2 * (xx + yy),
  ];
}

/**
 * Any rotation as ZYZ angles with β in [0, π]. Euler angles with such a β are returned as they are; otherwise α and γ are
 * in [0, 2π), and where β is 0 or π, so that only α + γ or α − γ matters, α = γ or α = −γ. Errors as `toQuaternion`.
 */
export function toEuler(rotation: Rotation): EulerAngles {
  if (isEuler(rotation)) {
    checkEuler(rotation);
    const { alpha, beta, gamma } = rotation;
    if (beta >= 0 && beta <= Math.PI) return { alpha, beta, gamma };
  }
  const [w, x, y, z] = toQuaternion(rotation);
  const beta = 2 * Math.atan2(Math.hypot(x, y), Math.hypot(w, z));
  // Adding 0 turns −0 into +0: atan2 of two zeros is then 0.
  const sum = Math.atan2(z + 0, w + 0);
  const difference = Math.atan2(0 - x, y + 0);
  return { alpha: wrap(sum + difference), beta, gamma: wrap(sum - difference) };
}

function wrap(angle: number): number {
  const wrapped = angle - TURN * Math.floor(angle / TURN);
  return wrapped < TURN ? wrapped : 0;
}

/** The rotation a∘b: b first, then a. */
export function composeRotations(a: Rotation, b: Rotation): Quaternion {
  const [aw, ax, ay, az] = toQuaternion(a);
  const [bw, bx, by, bz] = toQuaternion(b);
  return normalise([
    aw * bw - ax * bx - ay * by - az * bz,
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
  ]);
}

/** The rotation that undoes `rotation`. */
export function inverseRotation(rotation: Rotation): Quaternion {
  const [w, x, y, z] = toQuaternion(rotation);
  return [w, -x, -y, -z];
}

/** R p. */
export function rotatePoint(rotation: Rotation, point: Point): Point {
  const m = toMatrix(rotation);
  const [x, y, z] = point;
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

/** The angle that `rotation` turns by, in [0, π]: the distance from the identity on SO(3). */
export function rotationAngle(rotation: Rotation): number {
  const [w, x, y, z] = toQuaternion(rotation);
  return 2 * Math.atan2(Math.hypot(x, y, z), Math.abs(w));
}

/** The point of the unit sphere at colatitude β and longitude α. */
export function pointFromAngles(beta: number, alpha: number): Point {
  const s = Math.sin(beta);
  return [s * Math.cos(alpha), s * Math.sin(alpha), Math.cos(beta)];
}

/** Colatitude β in [0, π] and longitude α in [0, 2π) of a point other than the origin; α is 0 at the poles. */
export function anglesFromPoint(point: Point): { beta: number; alpha: number } {
  const [x, y, z] = point;
  const radius = Math.hypot(x, y, z);
  if (!(radius > 0 && Number.isFinite(radius))) {
    throw new ValueError(`anglesFromPoint: expected a finite point other than the origin, got ${describe(point)}`);
  }
  return { beta: Math.atan2(Math.hypot(x, y), z), alpha: wrap(Math.atan2(y + 0, x + 0)) };
}

/**
 * A rotation drawn from the uniform (Haar) distribution on SO(3): a point of the unit 3-sphere by Marsaglia's method
 * (Ann. Math. Stat. 43, 1972), which needs nothing but square roots and so is the same on every engine.
 */
export function randomRotation(random: Random): Quaternion {
  const [x1, y1, s1] = discPoint(random);
  const [x2, y2, s2] = discPoint(random);
  const scale = Math.sqrt((1 - s1) / s2);
  return normalise([x1, y1, x2 * scale, y2 * scale]);
}

/** A uniform point of the unit disc without its centre, and its squared radius. */
function discPoint(random: Random): [number, number, number] {
  for (;;) {
    const x = 2 * random.next() - 1;
    const y = 2 * random.next() - 1;
    const s = x * x + y * y;
    if (s > 0 && s < 1) return [x, y, s];
  }
}
