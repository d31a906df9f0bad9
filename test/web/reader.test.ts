// The page's networks, as the page uses them.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { Random } from "../../src/random.ts";
import { type Quaternion, randomRotation } from "../../src/sphere/rotations.ts";
import { CHANNELS_SHOWN, LAYERS_SHOWN } from "../../web/messages.ts";
import { DIGIT_IMAGES, DIGIT_LABELS, PLANAR, SPHERICAL } from "../../web/models.ts";
import { turned, UPRIGHT } from "../../web/orientation.ts";
import { Reader } from "../../web/reader.ts";
import { rasterise, simplify } from "../../web/strokes.ts";
import { DRAWINGS } from "./drawings.ts";

const file = (address: string) => new Uint8Array(readFileSync(new URL(address)));

let reader: Reader;
let sample: Uint8Array;

beforeAll(async () => {
  reader = await Reader.load(Promise.resolve(file(SPHERICAL)), Promise.resolve(file(PLANAR)));
  const { images, labels } = await readDigits(file(DIGIT_IMAGES), file(DIGIT_LABELS));
  const three = labels.indexOf(3, 400);
  sample = images.slice(784 * three, 784 * (three + 1));
});

describe("the page's reader", () => {
  it("reads what is drawn on the pad, in both networks", () => {
    for (const [digit, strokes] of DRAWINGS.entries()) {
      const { readings } = reader.read(rasterise(strokes.map(simplify)), UPRIGHT, false);
      expect(readings.planar.digit).toBe(digit);
      // A turned 9 is a 6: for a network that does not see turns, that is a toss-up.
      expect(digit === 6 ? [6, 9] : [digit]).toContain(readings.spherical.digit);
      for (const { probabilities } of [readings.spherical, readings.planar]) {
        expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }
    }
  });

  it("finds no error in the upright digit itself", () => {
    const { readings, errors } = reader.read(sample, UPRIGHT, true);
    expect(readings.spherical.error).toBe(0);
    expect(readings.planar.error).toBe(0);
    // The same numbers, rotated by nothing: f32 products with a matrix that is the identity up to its rounding.
    for (const { value } of errors) expect(value).toBeLessThan(1e-5);
    expect(errors).toHaveLength(2 * LAYERS_SHOWN);
    expect(reader.read(sample, UPRIGHT, false)).toMatchObject({ maps: [], errors: [], turned: false });
  });

  it("keeps the Spherical CNN's answer and its features under random turns, and not the planar CNN's", () => {
    const random = new Random(1);
    let planar = 0;
    for (let i = 0; i < 20; i++) {
      const { readings, errors } = reader.read(sample, randomRotation(random), true);
      expect(readings.spherical.digit).toBe(3);
      expect(readings.spherical.upright).toBe(3);
      planar += Number(readings.planar.digit === 3);
      // What the picture's edges have beyond the degrees that 60 × 60 samples resolve does not turn along; a wrong sign or
      // order of a rotation would give an error of about 1.
      expect(errors[0]!.value).toBeLessThan(0.05);
    }
    expect(planar).toBeLessThan(10);
  });

  it("shows features that turn with the digit: a quarter turn about the axis moves them by a quarter of α", () => {
    // About the viewer's axis, which is the grid's own: the samples move by whole columns, and so does all that follows.
    const quarter: Quaternion = turned(UPRIGHT, [0, 0, 1], Math.PI / 2);
    const [before, after] = [reader.read(sample, UPRIGHT, true), reader.read(sample, quarter, true)];
    expect(before.maps).toHaveLength(LAYERS_SHOWN);
    // The grids of all layers turn onto themselves, so rectifiers cost nothing either: what is left is rounding to bytes.
    for (const { value } of after.errors) expect(value).toBeLessThan(0.01);
    for (const [layer, { bandwidth, channels, values }] of before.maps.entries()) {
      expect(channels).toBe(CHANNELS_SHOWN);
      const side = 2 * bandwidth;
      const moved = after.maps[layer]!.values;
      const difference = (shift: number) =>
        values.reduce((sum, value, i) => {
          const [row, column] = [Math.floor(i / side), i % side];
          return sum + Math.abs(value - moved[row * side + ((column + shift + side) % side)]!);
        }, 0) / values.length;
      // A rotation by a quarter about z: what was at α is at α + π/2. Samples are cut to bytes, which may fall by one where the
      // last place differs.
      expect(difference(side / 4)).toBeLessThan(1);
      expect(difference(-side / 4)).toBeGreaterThan(5);
      expect(difference(0)).toBeGreaterThan(5);
    }
  });

  it("counts how many turns each answer survives, and how fast", () => {
    const tally = reader.tally(sample, 100);
    expect(tally.spherical).toBeGreaterThan(95);
    expect(tally.planar).toBeLessThan(40);
    expect(tally.own).toBeNull();
    expect(tally.perSecond).toBeGreaterThan(30);
  });

  it("takes the visitor's network in, and another after it", () => {
    reader.setOwn(file(PLANAR));
    const first = reader.read(sample, UPRIGHT, false).readings;
    expect(first.own).toEqual(first.planar);
    const { used } = reader.engine.memoryStatistics;
    for (let i = 0; i < 5; i++) reader.setOwn(file(PLANAR));
    reader.read(sample, UPRIGHT, false);
    expect(reader.engine.memoryStatistics.used).toBe(used);
    reader.setOwn(file(SPHERICAL));
    const { own, spherical } = reader.read(sample, randomRotation(new Random(7)), false).readings;
    expect(own).toEqual(spherical);
  });
});
