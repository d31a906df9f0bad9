import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import { randomRotation } from "../../src/sphere/rotations.ts";
import { readState, type State, writeState } from "../../web/address.ts";
import { simplify } from "../../web/strokes.ts";
import { DRAWINGS } from "./drawings.ts";

describe("the page's address", () => {
  it("says which digit, and how it lies, to three decimals", () => {
    const random = new Random(1);
    for (let i = 0; i < 50; i++) {
      const digit = i % 2 === 0 ? { sample: 3 * i } : { strokes: DRAWINGS[i % 10]!.map(simplify) };
      const state: State = { digit, orientation: randomRotation(random) };
      const text = writeState(state);
      expect(encodeURI(text)).toBe(text);
      const back = readState(`#${text}`, 500);
      expect(back.digit).toEqual(state.digit);
      back.orientation!.forEach((number, k) => {
        // Rounded to three decimals, and set to length 1 again.
        expect(Math.abs(number - state.orientation[k]!)).toBeLessThan(2e-3);
      });
    }
  });

  it("is written alike when read and written again", () => {
    const text = "digit=17&turn=0.707,0,0.707,0";
    expect(writeState(readState(text, 500) as State)).toBe(text);
  });

  it("may say nothing, or nonsense", () => {
    for (const text of [
      "",
      "#",
      "#digit=500",
      "#digit=-1",
      "#digit=1e1",
      "#ink=AA",
      "#turn=1,2",
      "#turn=a,b,c,d",
      "#%%%",
    ]) {
      expect(readState(text, 500)).toEqual({});
    }
    expect(readState("#digit=3&turn=nonsense", 500)).toEqual({ digit: { sample: 3 } });
  });
});
