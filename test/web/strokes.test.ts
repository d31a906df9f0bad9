import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { Random } from "../../src/random.ts";
import { decodeStrokes, encodeStrokes, PAD, rasterise, type Stroke, simplify } from "../../web/strokes.ts";
import { DRAWINGS } from "./drawings.ts";

const SIDE = 28;
const drawing = (digit: number): readonly Stroke[] => DRAWINGS[digit]!.map(simplify);

/** The pixels with ink: their extent along both axes, and the centre of mass in pixels from the picture's corner. */
function measure(picture: Uint8Array) {
  let [mass, x, y] = [0, 0, 0];
  const [columns, rows] = [new Set<number>(), new Set<number>()];
  picture.forEach((grey, p) => {
    mass += grey;
    x += grey * ((p % SIDE) + 0.5);
    y += grey * (Math.floor(p / SIDE) + 0.5);
    if (grey < 128) return;
    columns.add(p % SIDE);
    rows.add(Math.floor(p / SIDE));
  });
  return { width: columns.size, height: rows.size, centre: [x / mass, y / mass], mean: mass / picture.length };
}

/** Distance of a point from a polyline. */
function distance([x, y]: readonly [number, number], line: Stroke): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i + 3 < line.length; i += 2) {
    const [ax, ay] = [line[i]!, line[i + 1]!];
    const [bx, by] = [line[i + 2]! - ax, line[i + 3]! - ay];
    const along = Math.min(Math.max(((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by || 1), 0), 1);
    least = Math.min(least, Math.hypot(x - ax - along * bx, y - ay - along * by));
  }
  return least;
}

describe("rasterise", () => {
  it.each([...DRAWINGS.keys()])("puts a %i into MNIST's box, its centre of mass in the middle", (digit) => {
    const { width, height, centre } = measure(rasterise(drawing(digit)));
    // Half a pixel of the ramp lies outside of the pixels that are half inked, on either side; shifting by a part of a pixel
    // inks one more at most.
    expect(Math.max(width, height)).toBeGreaterThanOrEqual(19);
    expect(Math.max(width, height)).toBeLessThanOrEqual(21);
    // Where the ink reaches the border, some of its mass is cut off; otherwise the shift is exact but for the rounding to bytes.
    expect(centre[0]).toBeCloseTo(SIDE / 2, 1);
    expect(centre[1]).toBeCloseTo(SIDE / 2, 1);
  });

  it("inks as much as MNIST's writers do", async () => {
    const file = (name: string) =>
      readFileSync(new URL(`../../models/mnist-test-500-${name}-ubyte.gz`, import.meta.url));
    const { images } = await readDigits(file("images-idx3"), file("labels-idx1"));
    const theirs = images.reduce((a, b) => a + b) / images.length;
    const ours = DRAWINGS.map((_, digit) => measure(rasterise(drawing(digit))).mean).reduce((a, b) => a + b) / 10;
    expect(ours / theirs).toBeGreaterThan(0.85);
    expect(ours / theirs).toBeLessThan(1.2);
  });

  it("gives the same picture wherever and however large the digit was drawn", () => {
    const small = drawing(3).map((stroke) => stroke.map((value) => value / 3 + 40));
    const pictures = [rasterise(drawing(3)), rasterise(small)];
    // The same real numbers up to their last places, then rounded.
    pictures[0]!.forEach((grey, p) => {
      expect(Math.abs(grey - pictures[1]![p]!)).toBeLessThanOrEqual(1);
    });
  });

  it("keeps a dot small, and an empty pad empty", () => {
    expect(measure(rasterise([[100, 100]])).width).toBeLessThanOrEqual(4);
    expect(rasterise([[100, 100]]).some((grey) => grey === 255)).toBe(true);
    expect(rasterise([]).every((grey) => grey === 0)).toBe(true);
    expect(rasterise([[]]).every((grey) => grey === 0)).toBe(true);
  });
});

describe("simplify", () => {
  it("keeps to the stroke, with fewer points", () => {
    for (const stroke of DRAWINGS.flat()) {
      const simple = simplify(stroke);
      expect(simple.length).toBeLessThanOrEqual(stroke.length);
      for (let i = 0; i < stroke.length; i += 2) {
        // The tolerance, and rounding of both axes to whole numbers on either side.
        expect(distance([stroke[i]!, stroke[i + 1]!], simple)).toBeLessThan(1.2 + 2 * Math.SQRT1_2);
      }
    }
  });

  it("takes any number of points, points beyond the pad, and a single one", () => {
    const random = new Random(1);
    const wild = Array.from({ length: 4000 }, () => random.uniform(-50, 300));
    const simple = simplify(wild);
    expect(simple.length).toBeLessThanOrEqual(2 * 255);
    expect(simple.every((value) => Number.isInteger(value) && value >= 0 && value <= PAD)).toBe(true);
    expect(simplify([12.4, 200.6])).toEqual([12, 201]);
  });
});

describe("strokes as text", () => {
  it("come back as they were", () => {
    for (const digit of DRAWINGS.keys()) {
      const strokes = drawing(digit);
      const text = encodeStrokes(strokes);
      expect(text).toMatch(/^[\w-]+$/);
      expect(text.length).toBeLessThan(200);
      expect(decodeStrokes(text)).toEqual(strokes);
    }
  });

  it("come back however many there are", () => {
    const random = new Random(3);
    const point = () => random.integer(PAD + 1);
    const scribble = Array.from({ length: 3000 }, () => Array.from({ length: 2 * (1 + random.integer(20)) }, point));
    expect(decodeStrokes(encodeStrokes(scribble))).toEqual(scribble);
    expect(rasterise(scribble.slice(0, 100)).some((grey) => grey > 0)).toBe(true);
  });

  it("are refused where they are damaged, whatever the damage", () => {
    for (const text of ["", "A", "!", "AA", "Ag", "_____", "a b", "%00"]) expect(decodeStrokes(text)).toBeNull();
    const random = new Random(2);
    const whole = encodeStrokes(drawing(8));
    for (let i = 0; i < 2000; i++) {
      const cut = whole.slice(0, random.integer(whole.length));
      const at = random.integer(whole.length);
      const changed = whole.slice(0, at) + String.fromCharCode(33 + random.integer(94)) + whole.slice(at + 1);
      for (const strokes of [decodeStrokes(cut), decodeStrokes(changed)]) {
        if (strokes === null) continue;
        expect(strokes.every((stroke) => stroke.length >= 2 && stroke.length % 2 === 0)).toBe(true);
        expect(rasterise(strokes)).toHaveLength(SIDE * SIDE);
      }
    }
  });
});
