import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";
import {
  anglesFromPoint,
  composeRotations,
  type EulerAngles,
  inverseRotation,
  pointFromAngles,
  type Quaternion,
  type Rotation,
  randomRotation,
  rotatePoint,
  rotationAngle,
  toEuler,
  toMatrix,
  toQuaternion,
} from "../../src/sphere/rotations.ts";

const multiply = (a: readonly number[], b: readonly number[]) =>
  Array.from({ length: 9 }, (_, i) =>
    [0, 1, 2].reduce((sum, k) => sum + a[3 * Math.floor(i / 3) + k]! * b[3 * k + (i % 3)]!, 0),
  );
const rz = (t: number) => [Math.cos(t), -Math.sin(t), 0, Math.sin(t), Math.cos(t), 0, 0, 0, 1];
const ry = (t: number) => [Math.cos(t), 0, Math.sin(t), 0, 1, 0, -Math.sin(t), 0, Math.cos(t)];
/** The definition: Rz(α) Ry(β) Rz(γ). */
const zyz = ({ alpha, beta, gamma }: EulerAngles) => multiply(multiply(rz(alpha), ry(beta)), rz(gamma));

/** Largest difference of two rotations as matrices. */
const distance = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

// A product of three matrices of cosines has at most a handful of roundings.
const CLOSE = 4e-15;

const random = new Random(1);
const angles: EulerAngles[] = Array.from({ length: 300 }, () => ({
  alpha: random.uniform(-10, 10),
  beta: random.uniform(-7, 7),
  gamma: random.uniform(-10, 10),
}));
for (const beta of [
  0,
  1e-300,
  1e-160,
  1e-12,
  1e-8,
  1e-4,
  Math.PI / 2,
  Math.PI - 1e-8,
  Math.PI,
  -Math.PI,
  2 * Math.PI,
]) {
  angles.push(
    { alpha: 0.7, beta, gamma: 2.1 },
    { alpha: 0, beta, gamma: 0 },
    { alpha: Math.PI, beta, gamma: -Math.PI },
  );
}

describe("conversions", () => {
  it("follow ZYZ, at the poles too", () => {
    for (const euler of angles) {
      const matrix = zyz(euler);
      expect(distance(toMatrix(euler), matrix)).toBeLessThan(CLOSE);
      expect(distance(zyz(toEuler(euler)), matrix)).toBeLessThan(CLOSE);
    }
  });

  it("agree all ways", () => {
    for (const euler of angles) {
      const matrix = zyz(euler);
      const quaternion = toQuaternion(euler);
      expect(Math.abs(Math.hypot(...quaternion) - 1)).toBeLessThan(CLOSE);
      const forms: Rotation[] = [matrix, quaternion, quaternion.map((x) => -x), Float64Array.from(matrix)];
      for (const form of forms) {
        expect(distance(toMatrix(form), matrix)).toBeLessThan(CLOSE);
        expect(distance(zyz(toEuler(form)), matrix)).toBeLessThan(CLOSE);
        const { alpha, beta, gamma } = toEuler(form);
        expect(alpha >= 0 && alpha < 2 * Math.PI && gamma >= 0 && gamma < 2 * Math.PI).toBe(true);
        expect(beta >= 0 && beta <= Math.PI).toBe(true);
      }
    }
  });

  it("take matrices whose largest quaternion component is each of the four", () => {
    const dominant: Quaternion[] = [
      [0.9, 0.1, 0.2, 0.3],
      [0.1, 0.9, 0.2, 0.3],
      [0.1, 0.2, -0.9, 0.3],
      [0, 0.2, 0.3, 0.9],
    ];
    for (const q of dominant) {
      const scale = 1 / Math.hypot(...q);
      const unit = q.map((x) => x * scale) as unknown as Quaternion;
      const back = toQuaternion(toMatrix(unit));
      const sign = Math.sign(back.reduce((sum, x, i) => sum + x * unit[i]!, 0));
      expect(
        distance(
          back.map((x) => sign * x),
          unit,
        ),
      ).toBeLessThan(CLOSE);
    }
  });

  it("leave Euler angles with β in [0, π] as they are", () => {
    expect(toEuler({ alpha: -4, beta: 1, gamma: 9 })).toEqual({ alpha: -4, beta: 1, gamma: 9 });
    expect(toEuler([1, 0, 0, 0])).toEqual({ alpha: 0, beta: 0, gamma: 0 });
    expect(toEuler([1, 0, 0, 0, 1, 0, 0, 0, 1])).toEqual({ alpha: 0, beta: 0, gamma: 0 });
  });

  it("take f32 matrices and quaternions and give the rotation nearby", () => {
    for (const euler of angles.slice(0, 50)) {
      const matrix = Float32Array.from(toMatrix(euler));
      expect(distance(toMatrix(matrix), zyz(euler))).toBeLessThan(3e-7);
      expect(Math.abs(Math.hypot(...toQuaternion(Float32Array.from(toQuaternion(euler)))) - 1)).toBeLessThan(CLOSE);
    }
  });
});

describe("the group", () => {
  it("composes like matrices: right factor first", () => {
    for (let i = 1; i < angles.length; i++) {
      const [a, b] = [angles[i - 1]!, angles[i]!];
      expect(distance(toMatrix(composeRotations(a, b)), multiply(zyz(a), zyz(b)))).toBeLessThan(2 * CLOSE);
    }
  });

  it("inverts", () => {
    for (const euler of angles) {
      expect(rotationAngle(composeRotations(inverseRotation(euler), euler))).toBeLessThan(CLOSE);
    }
  });

  it("measures angles accurately near 0 and π", () => {
    expect(rotationAngle({ alpha: 1, beta: 1e-9, gamma: -1 })).toBeCloseTo(1e-9, 22);
    expect(rotationAngle({ alpha: 0, beta: Math.PI - 1e-9, gamma: 0 })).toBeCloseTo(Math.PI - 1e-9, 14);
    expect(rotationAngle([-1, 0, 0, 0])).toBe(0);
  });

  it("takes the pole to (β, α) and turns by γ first", () => {
    const [x, y, z] = rotatePoint({ alpha: 0.5, beta: 1.2, gamma: 2 }, [0, 0, 1]);
    const expected = pointFromAngles(1.2, 0.5);
    expect(distance([x, y, z], expected)).toBeLessThan(CLOSE);
    const quarter = rotatePoint({ alpha: 0, beta: 0, gamma: Math.PI / 2 }, [1, 0, 0]);
    expect(distance(quarter, [0, 1, 0])).toBeLessThan(CLOSE);
  });
});

describe("points and angles", () => {
  it("go back and forth", () => {
    for (const [beta, alpha] of [
      [1, 2],
      [0.1, 6],
      [3, 0],
      [1e-9, 1],
      [Math.PI / 2, Math.PI],
    ] as const) {
      const back = anglesFromPoint(
        pointFromAngles(beta, alpha).map((x) => 3 * x) as unknown as [number, number, number],
      );
      expect(back.beta).toBeCloseTo(beta, 14);
      expect(back.alpha).toBeCloseTo(alpha, 14);
    }
    expect(anglesFromPoint([0, 0, -2])).toEqual({ beta: Math.PI, alpha: 0 });
    expect(anglesFromPoint([-0, -0, 1])).toEqual({ beta: 0, alpha: 0 });
    expect(() => anglesFromPoint([0, 0, 0])).toThrow(ValueError);
    expect(() => anglesFromPoint([Number.NaN, 0, 0])).toThrow(ValueError);
  });
});

describe("randomRotation", () => {
  it("is uniform on SO(3)", () => {
    const source = new Random(5);
    const n = 40_000;
    const columns = Array.from({ length: 9 }, () => 0);
    const angleCounts = new Array<number>(8).fill(0);
    const betaCounts = new Array<number>(8).fill(0);
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const q = randomRotation(source);
      expect(Math.abs(Math.hypot(...q) - 1)).toBeLessThan(CLOSE);
      const m = toMatrix(q);
      for (let k = 0; k < 9; k++) columns[k]! += m[k]! / n;
      squares += m[8] ** 2 / n;
      betaCounts[Math.min(7, Math.floor(4 * (1 + m[8])))]!++;
      // Haar measure: the angle's distribution function is (θ − sin θ)/π.
      const theta = rotationAngle(q);
      angleCounts[Math.min(7, Math.floor((8 * (theta - Math.sin(theta))) / Math.PI))]!++;
    }
    // Each entry has mean 0 and variance 1/3; five standard deviations.
    for (const mean of columns) expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(3 * n));
    expect(Math.abs(squares - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
    // χ² with 7 degrees of freedom stays below 30 but in one of 10,000 seeds.
    for (const counts of [angleCounts, betaCounts]) {
      expect(counts.reduce((sum, count) => sum + (count - n / 8) ** 2 / (n / 8), 0)).toBeLessThan(30);
    }
  });

  it("repeats itself for the same seed", () => {
    expect(randomRotation(new Random(3))).toEqual(randomRotation(new Random(3)));
    expect(randomRotation(new Random(3))).not.toEqual(randomRotation(new Random(4)));
  });
});

describe("what is no rotation", () => {
  const bad: [string, unknown, RegExp][] = [
    ["NaN angle", { alpha: Number.NaN, beta: 0, gamma: 0 }, /three finite numbers in radians, .*, got \{alpha: NaN/],
    ["infinite angle", { alpha: 0, beta: Number.POSITIVE_INFINITY, gamma: 0 }, /finite/],
    ["missing angle", { alpha: 0, beta: 0 }, /finite/],
    ["long quaternion", [1, 1, 0, 0], /norm 1\.414.*expected 1/],
    ["zero quaternion", [0, 0, 0, 0], /norm 0/],
    ["NaN quaternion", [1, 0, 0, Number.NaN], /norm NaN/],
    ["scaled matrix", [2, 0, 0, 0, 2, 0, 0, 0, 2], /rows 0 and 0 are not orthonormal/],
    ["sheared matrix", [1, 0, 0, 0.1, 0.99498743710662, 0, 0, 0, 1], /rows 0 and 1/],
    ["NaN matrix", [1, 0, 0, 0, 1, 0, 0, 0, Number.NaN], /orthonormal/],
    ["reflection", [1, 0, 0, 0, 1, 0, 0, 0, -1], /determinant -1, expected \+1/],
    ["wrong length", [1, 2, 3], /expected \{alpha, beta, gamma\}.*got 3 numbers \[1, 2, 3\]/],
    ["null", null, /got null/],
    ["undefined", undefined, /got undefined/],
    ["number", 1, /got 1/],
  ];
  it.each(bad)("%s", (_, rotation, message) => {
    for (const convert of [toEuler, toMatrix, toQuaternion, inverseRotation]) {
      expect(() => convert(rotation as Rotation)).toThrow(ValueError);
      expect(() => convert(rotation as Rotation)).toThrow(message);
    }
  });
});
