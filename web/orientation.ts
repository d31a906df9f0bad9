// How the sphere lies, and how it turns by what people do on the screen.
//
// The orientation Q is a rotation in the library's axes: the body's point p is at Qp, and the networks get f(Q⁻¹x). The screen
// shows these axes in a mirror, right = y, up = −x, towards the viewer = −z, so that a digit reads as it was drawn
// (docs/page.md). With M for that map, of determinant −1, the screen's rotation about the axis a is M⁻¹ … M = the rotation
// about −Mᵀa by the same angle.

import { composeRotations, inverseRotation, type Point, type Quaternion, toMatrix, toQuaternion } from "spherical-cnn";

export const UPRIGHT: Quaternion = [1, 0, 0, 0];

/** Mᵀ: a direction on the screen (right, up, towards the viewer) in the library's axes. */
const fromScreen = ([right, up, toward]: Point): Point => [-up, right, -toward];

/** The sphere turned on the screen by an angle in radians about an axis (right, up, towards the viewer), a unit vector. */
export function turned(orientation: Quaternion, axis: Point, angle: number): Quaternion {
  const [x, y, z] = fromScreen(axis);
  const s = -Math.sin(angle / 2);
  return composeRotations([Math.cos(angle / 2), s * x, s * y, s * z], orientation);
}

/** The point of the sphere under a point of the screen, in units of the sphere's radius; beside it, the rim. */
export function underPointer(right: number, up: number): Point {
  const radius = Math.hypot(right, up);
  if (radius >= 1) return [right / radius, up / radius, 0];
  return [right, up, Math.sqrt(1 - radius * radius)];
}

/** The axis and the angle by which the point `from` of the sphere is taken to `to` the shortest way. */
export function grab(from: Point, to: Point): { axis: Point; angle: number } {
  const cross: Point = [
    from[1] * to[2] - from[2] * to[1],
    from[2] * to[0] - from[0] * to[2],
    from[0] * to[1] - from[1] * to[0],
  ];
  const sine = Math.hypot(...cross);
  if (sine < 1e-9) return { axis: [0, 1, 0], angle: 0 };
  const angle = Math.atan2(sine, from[0] * to[0] + from[1] * to[1] + from[2] * to[2]);
  return { axis: [cross[0] / sine, cross[1] / sine, cross[2] / sine], angle };
}

/** Q⁻¹Mᵀ, column by column as WebGL has matrices: from a direction on the screen to the point of the body that is there. */
export function screenToBody(orientation: Quaternion): number[] {
  const m = toMatrix(inverseRotation(orientation));
  const column = (direction: Point): number[] => {
    const [x, y, z] = fromScreen(direction);
    return [0, 3, 6].map((row) => m[row]! * x + m[row + 1]! * y + m[row + 2]! * z);
  };
  return [...column([1, 0, 0]), ...column([0, 1, 0]), ...column([0, 0, 1])];
}

/** Four numbers as an orientation, their length set to 1; null if they are none. */
export function orientationOf(numbers: readonly number[]): Quaternion | null {
  const length = Math.hypot(...numbers);
  if (numbers.length !== 4 || !(length > 0.1 && length < 10)) return null;
  return toQuaternion(numbers.map((number) => number / length));
}
