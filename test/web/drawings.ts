// Digits as a hand would draw them on the pad, and pictures of them.

import type { Stroke } from "../../web/strokes.ts";

/** Points along an ellipse, angles in degrees, clockwise from the right as the pad's y points down. */
function arc(x: number, y: number, width: number, height: number, from: number, to: number): number[] {
  return Array.from({ length: 25 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
  }).flat();
}

/** Strokes on the pad for each digit. */
export const DRAWINGS: readonly (readonly Stroke[])[] = [
  [arc(128, 128, 60, 90, -90, 270)],
  [[130, 40, 125, 215]],
  [[...arc(125, 85, 50, 45, -170, 40), 70, 205, 190, 205]],
  [[...arc(120, 85, 50, 42, -150, 90), ...arc(120, 165, 58, 45, -90, 140)]],
  [
    [80, 40, 65, 130, 185, 130],
    [165, 60, 160, 215],
  ],
  [
    [180, 45, 90, 45, 80, 115],
    [80, 115, ...arc(120, 160, 55, 50, -110, 140)],
  ],
  [[165, 35, 110, 90, ...arc(125, 160, 50, 48, -160, 200)]],
  [[65, 50, 190, 50, 120, 215]],
  [[...arc(128, 80, 42, 40, 90, 450), ...arc(128, 165, 50, 46, -90, 270)]],
  [[...arc(125, 90, 48, 46, 0, 360), 173, 90, 160, 215]],
];
