// Drawings as strokes, and strokes as pictures such as MNIST's: the ink scaled into a box of 20 × 20 pixels, its centre of
// mass in the middle of 28 × 28 (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits").

/** A stroke's points (x₀, y₀, x₁, y₁, …) on the pad, x to the right, y down, whole numbers from 0 to `PAD`. */
export type Stroke = readonly number[];

/** The pad's side in the units of its points, so that a coordinate is a byte. */
export const PAD = 255;

const SIDE = 28;
const BOX = 20;

/** Half the width of a stroke in pixels, as MNIST's pens have it on average. */
const RADIUS = 1.25;
/** A drawing smaller than this part of the pad is a dot, and stays small. */
const LEAST = 0.12 * PAD;
/** How far, on the pad, simplifying may move a stroke. */
const TOLERANCE = 1.2;

/** Of a stroke: their number is a byte. */
const MOST_POINTS = 255;

/** The strokes as 28 × 28 grey values, row by row, ink 255; all 0 if there are none. */
export function rasterise(strokes: readonly Stroke[]): Uint8Array {
  const placed = strokes.filter((stroke) => stroke.length >= 2);
  if (placed.length === 0) return new Uint8Array(SIDE * SIDE);
  const [left, right] = extent(placed, 0);
  const [top, bottom] = extent(placed, 1);
  const scale = (BOX - 2 * RADIUS) / Math.max(right - left, bottom - top, LEAST);
  const middle: [number, number] = [SIDE / 2 - (scale * (left + right)) / 2, SIDE / 2 - (scale * (top + bottom)) / 2];
  const [x, y] = centreOfMass(ink(placed, scale, middle));
  return Uint8Array.from(ink(placed, scale, [middle[0] + SIDE / 2 - x, middle[1] + SIDE / 2 - y]), (value) =>
    Math.round(255 * value),
  );
}

function extent(strokes: readonly Stroke[], axis: 0 | 1): [number, number] {
  const ends: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const stroke of strokes) {
    for (let i = axis; i < stroke.length; i += 2) {
      ends[0] = Math.min(ends[0], stroke[i]!);
      ends[1] = Math.max(ends[1], stroke[i]!);
    }
  }
  return ends;
}

/** How much of each pixel the strokes cover, from 0 to 1: a ramp of one pixel at the distance of their edge. */
function ink(strokes: readonly Stroke[], scale: number, [dx, dy]: readonly [number, number]): Float64Array {
  const squares = new Float64Array(SIDE * SIDE).fill(Number.POSITIVE_INFINITY);
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i += 2) {
      const last = Math.min(i + 2, stroke.length - 2);
      const [ax, ay] = [stroke[i]! * scale + dx, stroke[i + 1]! * scale + dy];
      const [bx, by] = [stroke[last]! * scale + dx - ax, stroke[last + 1]! * scale + dy - ay];
      const length = bx * bx + by * by;
      for (let p = 0; p < squares.length; p++) {
        const [px, py] = [(p % SIDE) + 0.5 - ax, Math.floor(p / SIDE) + 0.5 - ay];
        const along = length === 0 ? 0 : Math.min(Math.max((px * bx + py * by) / length, 0), 1);
        squares[p] = Math.min(squares[p]!, (px - along * bx) ** 2 + (py - along * by) ** 2);
      }
    }
  }
  return squares.map((square) => Math.min(Math.max(RADIUS + 0.5 - Math.sqrt(square), 0), 1));
}

function centreOfMass(values: Float64Array): [number, number] {
  let [mass, x, y] = [0, 0, 0];
  values.forEach((value, p) => {
    mass += value;
    x += value * ((p % SIDE) + 0.5);
    y += value * (Math.floor(p / SIDE) + 0.5);
  });
  return [x / mass, y / mass];
}

/** The stroke with those points alone that it cannot do without (Douglas and Peucker 1973), rounded. */
export function simplify(stroke: Stroke): Stroke {
  const points = stroke.map((value) => Math.min(Math.max(Math.round(value), 0), PAD));
  let tolerance = TOLERANCE;
  let simple = keep(points, 0, points.length - 2, tolerance);
  while (simple.length > 2 * MOST_POINTS) {
    tolerance *= 2;
    simple = keep(points, 0, points.length - 2, tolerance);
  }
  return simple;
}

/** From the point at index `first` to that at `last`. */
function keep(points: Stroke, first: number, last: number, tolerance: number): number[] {
  const [ax, ay, bx, by] = [points[first]!, points[first + 1]!, points[last]!, points[last + 1]!];
  const length = Math.hypot(bx - ax, by - ay);
  let [farthest, distance] = [first, tolerance];
  for (let i = first + 2; i < last; i += 2) {
    const [dx, dy] = [points[i]! - ax, points[i + 1]! - ay];
    const off = length === 0 ? Math.hypot(dx, dy) : Math.abs(dx * (by - ay) - dy * (bx - ax)) / length;
    if (off > distance) [farthest, distance] = [i, off];
  }
  if (farthest === first) return first === last ? [ax, ay] : [ax, ay, bx, by];
  return [...keep(points, first, farthest, tolerance), ...keep(points, farthest, last, tolerance).slice(2)];
}

/** Simplified strokes as text for an address: for each its number of points, then their coordinates, a byte each. */
export function encodeStrokes(strokes: readonly Stroke[]): string {
  const characters = strokes.map((stroke) => String.fromCharCode(stroke.length / 2, ...stroke));
  return btoa(characters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The strokes of such a text; null if it is none. */
export function decodeStrokes(text: string): Stroke[] | null {
  if (!/^[\w-]+$/.test(text)) return null;
  let bytes: number[];
  try {
    bytes = Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
  const strokes: Stroke[] = [];
  for (let i = 0; i < bytes.length; ) {
    const end = i + 1 + 2 * bytes[i]!;
    if (bytes[i] === 0 || end > bytes.length) return null;
    strokes.push(bytes.slice(i + 1, end));
    i = end;
  }
  return strokes;
}
