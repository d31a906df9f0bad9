import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import {
  composeRotations,
  type Point,
  type Quaternion,
  randomRotation,
  rotationAngle,
} from "../../src/sphere/rotations.ts";
import { grab, orientationOf, screenToBody, turned, UPRIGHT, underPointer } from "../../web/orientation.ts";

/** The body's point at a point of the screen (right, up, towards the viewer). */
function bodyPoint(orientation: Quaternion, [x, y, z]: Point): number[] {
  const m = screenToBody(orientation);
  return [0, 1, 2].map((row) => m[row]! * x + m[3 + row]! * y + m[6 + row]! * z);
}

const close = (a: readonly number[], b: readonly number[]) => {
  // A few roundings of numbers of at most 1.
  a.forEach((value, i) => {
    expect(value).toBeCloseTo(b[i]!, 12);
  });
};

describe("the sphere on the screen", () => {
  it("shows the south pole, where the digit lies, in front, its columns to the right and its rows down", () => {
    close(bodyPoint(UPRIGHT, [0, 0, 1]), [0, 0, -1]);
    close(bodyPoint(UPRIGHT, [1, 0, 0]), [0, 1, 0]);
    close(bodyPoint(UPRIGHT, [0, -1, 0]), [1, 0, 0]);
  });

  it("turns with the hand: what was under the pointer stays under it", () => {
    const random = new Random(1);
    for (let i = 0; i < 100; i++) {
      const orientation = randomRotation(random);
      const place = () => underPointer(random.uniform(-1.2, 1.2), random.uniform(-1.2, 1.2));
      const [from, to] = [place(), place()];
      const { axis, angle } = grab(from, to);
      close(bodyPoint(turned(orientation, axis, angle), to), bodyPoint(orientation, from));
    }
  });

  it("turns about an axis of the screen, by that angle, and about the viewer's axis counter-clockwise", () => {
    const right = turned(UPRIGHT, [0, 1, 0], Math.PI / 2);
    expect(rotationAngle(right)).toBeCloseTo(Math.PI / 2, 12);
    // Turned to the right, the front is where the left was.
    close(bodyPoint(right, [0, 0, 1]), bodyPoint(UPRIGHT, [-1, 0, 0]));
    close(bodyPoint(turned(UPRIGHT, [0, 0, 1], Math.PI / 2), [0, 1, 0]), bodyPoint(UPRIGHT, [1, 0, 0]));
  });

  it("adds turns up: twice 30 degrees are 60", () => {
    const axis: Point = [0.6, 0, 0.8];
    const start = randomRotation(new Random(3));
    const twice = turned(turned(start, axis, Math.PI / 6), axis, Math.PI / 6);
    close(screenToBody(twice), screenToBody(turned(start, axis, Math.PI / 3)));
    expect(composeRotations(UPRIGHT, start)).toEqual(start);
  });

  it("does not turn for a pointer that does not move", () => {
    expect(grab([0, 0, 1], [0, 0, 1]).angle).toBe(0);
  });
});

describe("orientationOf", () => {
  it("takes four numbers of any fair length, and nothing else", () => {
    close(orientationOf([0.5, 0.5, 0.5, 0.5])!, [0.5, 0.5, 0.5, 0.5]);
    close(orientationOf([0, 0, 3, 4])!, [0, 0, 0.6, 0.8]);
    for (const numbers of [[], [1], [1, 0, 0], [0, 0, 0, 0], [Number.NaN, 0, 0, 1], [1e9, 0, 0, 0], [1, 0, 0, 0, 0]]) {
      expect(orientationOf(numbers)).toBeNull();
    }
  });
});
