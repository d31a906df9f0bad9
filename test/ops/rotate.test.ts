// Rotation against the reference tensors, against its definition at points, and as a representation of the group.

import { beforeAll, describe, expect, test } from "vitest";
import { pullBack } from "../../src/autodiff/tape.ts";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { evaluateSpectrum } from "../../src/ops/evaluate.ts";
import { s2Fft, so3Fft } from "../../src/ops/fourier.ts";
import { rotateSpectrum, s2Rotation, so3Rotation } from "../../src/ops/rotate.ts";
import { Random } from "../../src/random.ts";
import {
  anglesFromPoint,
  composeRotations,
  inverseRotation,
  pointFromAngles,
  randomRotation,
  rotatePoint,
  toEuler,
  toMatrix,
  toQuaternion,
} from "../../src/sphere/rotations.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { BUILDS } from "../support/kernels.ts";
import { referenceTensors } from "../support/reference.ts";
import { largestError, signals } from "../support/signals.ts";
import { ROTATION, ROTATION_AT_POINTS } from "../support/tolerances.ts";

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ dtype, build });
  });
  const tolerance = ROTATION[dtype];

  test("equals the reference, from angles, quaternion and matrix", () => {
    const reference = referenceTensors("rotation_b4");
    const [alpha, beta, gamma] = reference.get("angles_abc")!.values as unknown as [number, number, number];
    const angles = { alpha, beta, gamma };
    const f = engine.signal(reference.get("s2_f")!.values, [1, 1, 8, 8]);
    const x = engine.signal(reference.get("so3_x")!.values, [1, 2, 8, 8, 8]);
    for (const rotation of [angles, toQuaternion(angles), toMatrix(angles)]) {
      const rotated = s2Rotation(f, rotation).toArray();
      expect(largestError(rotated, reference.get("s2_f_rotated")!.values)).toBeLessThan(tolerance);
      const y = so3Rotation(x, rotation).toArray();
      expect(largestError(y, reference.get("so3_y")!.values)).toBeLessThan(tolerance);
    }
  });

  test("moves the values: (L_R f)(x) = f(R⁻¹x) at random points", () => {
    const random = new Random(3);
    const F = s2Fft(engine.signal(signals(3 * 100, 1, dtype), [1, 3, 10, 10]));
    const X = so3Fft(engine.signal(signals(3 * 1000, 2, dtype), [1, 3, 10, 10, 10]));
    for (let trial = 0; trial < 10; trial++) {
      const R = randomRotation(random);
      const Q = randomRotation(random);
      const { alpha, beta, gamma } = toEuler(Q);
      const back = anglesFromPoint(rotatePoint(inverseRotation(R), pointFromAngles(beta, alpha)));
      const rotated = evaluateSpectrum(rotateSpectrum(F, R), [beta, alpha]).toArray();
      expect(largestError(rotated, evaluateSpectrum(F, [back.beta, back.alpha]).toArray())).toBeLessThan(
        ROTATION_AT_POINTS[dtype],
      );
      const q = toEuler(composeRotations(inverseRotation(R), Q));
      const turned = evaluateSpectrum(rotateSpectrum(X, R), [beta, alpha, gamma]).toArray();
      const there = evaluateSpectrum(X, [q.beta, q.alpha, q.gamma]).toArray();
      expect(largestError(turned, there)).toBeLessThan(ROTATION_AT_POINTS[dtype]);
    }
  });

  test("is a representation, and orthogonal: R then Q is Q∘R, and R⁻¹ undoes R", () => {
    const random = new Random(4);
    const X = so3Fft(engine.signal(signals(2 * 512, 5, dtype), [2, 1, 8, 8, 8]));
    const [R, Q] = [randomRotation(random), randomRotation(random)];
    const once = rotateSpectrum(X, composeRotations(Q, R));
    const twice = rotateSpectrum(rotateSpectrum(X, R), Q);
    expect(largestError(twice.view(), once.view())).toBeLessThan(tolerance);
    expect(largestError(rotateSpectrum(twice, inverseRotation(composeRotations(Q, R))).view(), X.view())).toBeLessThan(
      tolerance,
    );
  });

  test("leaves nothing behind but its result, and with gradients keeps what they need", () => {
    const x = engine.signal(signals(64, 8, dtype), [1, 1, 8, 8]);
    s2Rotation(x, [1, 0, 0, 0]).dispose();
    const { used } = engine.memoryStatistics;
    s2Rotation(x, [1, 0, 0, 0]).dispose();
    expect(engine.memoryStatistics.used).toBe(used);
    x.requiresGrad = true;
    engine.scope(() => pullBack(s2Rotation(x, [0, 0, 0, 1]), s2Rotation(x, [0, 0, 0, 1])));
    expect(x.grad!.toArray()).toHaveLength(64);
  });

  test("one rotation for each item equals the items one by one", () => {
    const random = new Random(6);
    const rotations = [randomRotation(random), toEuler(randomRotation(random)), toMatrix(randomRotation(random))];
    const numbers = signals(3 * 2 * 64, 7, dtype);
    const all = s2Rotation(engine.signal(numbers, [3, 2, 8, 8]), rotations).toArray();
    rotations.forEach((rotation, item) => {
      const one = s2Rotation(engine.signal(numbers.subarray(128 * item, 128 * (item + 1)), [1, 2, 8, 8]), rotation);
      expect(largestError(all.subarray(128 * item, 128 * (item + 1)), one.toArray())).toBeLessThan(tolerance);
    });
  });
});

describe("refused", async () => {
  const engine = await createEngine();
  const X = s2Fft(engine.signal(signals(32, 1), [2, 1, 4, 4]));
  const identity = [1, 0, 0, 0];

  test("another number of rotations than items", () => {
    expect(() => rotateSpectrum(X, [identity, identity, identity])).toThrow(ShapeError);
    expect(() => rotateSpectrum(X, [])).toThrow(ShapeError);
  });

  test("what is no rotation, and what is no spectrum", () => {
    expect(() => rotateSpectrum(X, { alpha: Number.NaN, beta: 0, gamma: 0 })).toThrow(ValueError);
    expect(() => rotateSpectrum(X, [2, 0, 0, 0])).toThrow(ValueError);
    expect(() => rotateSpectrum(X, { alpha: 6e9, beta: 0, gamma: 0 })).toThrow(/at most 100000 in size/);
    expect(() => rotateSpectrum(engine.tensor([1]), identity)).toThrow(ShapeError);
    expect(() => so3Rotation(engine.signal(signals(16, 1), [1, 1, 4, 4]), identity)).toThrow(ShapeError);
  });
});
