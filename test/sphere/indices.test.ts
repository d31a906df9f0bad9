import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import * as indices from "../../src/sphere/indices.ts";

describe("indices of coefficients", () => {
  it("run through a spectrum without gap or overlap", () => {
    let s2 = 0;
    let so3 = 0;
    for (let l = 0; l < 12; l++) {
      expect(indices.s2CoefficientCount(l)).toBe(s2);
      expect(indices.so3CoefficientCount(l)).toBe(so3);
      for (let m = -l; m <= l; m++) {
        expect(indices.s2Index(l, m)).toBe(s2++);
        for (let n = -l; n <= l; n++) expect(indices.so3Index(l, m, n)).toBe(so3++);
      }
    }
  });

  it("counts give back their bandwidth, and others are refused", () => {
    for (const b of [1, 2, 3, 30, 128, 1024, 65536]) {
      expect(indices.s2BandwidthOfCount(indices.s2CoefficientCount(b))).toBe(b);
      expect(indices.so3BandwidthOfCount(indices.so3CoefficientCount(b))).toBe(b);
    }
    for (const count of [0, 2, 35999, -1, Number.NaN]) {
      expect(() => indices.s2BandwidthOfCount(count)).toThrow(ValueError);
      expect(() => indices.so3BandwidthOfCount(count)).toThrow(ValueError);
    }
  });
});

describe("sampling angles", () => {
  it("are those of the conventions", () => {
    expect([...indices.softBeta(2)]).toEqual([1, 3, 5, 7].map((k) => (Math.PI * k) / 8));
    expect([...indices.softAlpha(2)]).toEqual([0, 1, 2, 3].map((k) => (Math.PI * k) / 2));
    expect([...indices.driscollHealyBeta(2)]).toEqual([0, 1, 2, 3].map((k) => (Math.PI * k) / 4));
  });

  it("refuse what is no bandwidth", () => {
    for (const b of [0, -1, 1.5, Number.NaN, 65537]) {
      for (const angles of [indices.softBeta, indices.softAlpha, indices.driscollHealyBeta]) {
        expect(() => angles(b)).toThrow(/bandwidth must be an integer from 1 to 65536, got/);
      }
    }
  });
});
