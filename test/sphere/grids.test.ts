import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import * as grids from "../../src/sphere/grids.ts";
import { toQuaternion } from "../../src/sphere/rotations.ts";

const reference = (name: string) =>
  readSafetensors(readFileSync(new URL(`../reference/${name}.safetensors`, import.meta.url))).tensors.get("grid")!;

const turn = 2 * Math.PI;
const all = [
  grids.s2NearIdentityGrid(),
  grids.s2EquatorialGrid({ maxBeta: 0.3, nBeta: 4, nAlpha: 5 }),
  grids.so3NearIdentityGrid({ maxBeta: 0.5, maxGamma: 1, nAlpha: 3, nBeta: 2, nGamma: 4 }),
  grids.so3EquatorialGrid(),
  grids.s2DiscGrid({ maxBeta: 0.4, nAlpha: 5, nBeta: 2 }),
  grids.so3DiscGrid({ nGamma: 5 }),
  grids.s2SoftGrid(3),
  grids.so3SoftGrid(2),
  grids.so3IdentityGrid(),
];

describe("kernel grids", () => {
  // One rounding more or less in β or α, and two in γ − α of size up to 4π.
  it.each([
    ["s2conv_b4_to_4_ni", grids.s2NearIdentityGrid()],
    ["s2conv_b6_to_4_ni", grids.s2NearIdentityGrid()],
    ["s2conv_b6_to_4_eq", grids.s2EquatorialGrid({ nAlpha: 12 })],
    ["so3conv_b4_to_4_ni", grids.so3NearIdentityGrid({ nAlpha: 6, nBeta: 2 })],
    ["so3conv_b6_to_4_ni", grids.so3NearIdentityGrid({ nAlpha: 6, nBeta: 2 })],
    ["so3conv_b6_to_4_eq", grids.so3EquatorialGrid({ nAlpha: 12 })],
  ])("%s", (name, grid) => {
    const tensor = reference(name);
    expect(tensor.shape).toEqual([grid.count, grid.dimensions]);
    const error = Math.max(...grid.points.map((x, i) => Math.abs(x - Number(tensor.data[i]!))));
    expect(error).toBeLessThan(4e-15);
  });

  it("have the original's defaults", () => {
    expect(grids.s2NearIdentityGrid().parameters).toEqual({ maxBeta: Math.PI / 8, nAlpha: 8, nBeta: 3 });
    expect(grids.s2EquatorialGrid().parameters).toEqual({ maxBeta: 0, nAlpha: 32, nBeta: 1 });
    expect(grids.so3NearIdentityGrid({ nAlpha: 6 }).parameters).toEqual({
      maxBeta: Math.PI / 8,
      maxGamma: turn,
      nAlpha: 6,
      nBeta: 3,
      nGamma: 6,
    });
    expect(grids.so3EquatorialGrid().parameters).toEqual({
      maxBeta: 0,
      maxGamma: Math.PI / 8,
      nAlpha: 32,
      nBeta: 1,
      nGamma: 2,
    });
    expect(all.map((grid) => grid.count)).toEqual([24, 20, 24, 64, 11, 35, 36, 64, 1]);
    expect(grids.so3NearIdentityGrid().count).toBe(192);
    expect(grids.so3NearIdentityGrid({ maxGamma: Math.PI / 8, nGamma: 3 }).count).toBe(72);
  });

  it("discs are the pole and the rings about it, and no rotation twice", () => {
    const { points } = grids.s2DiscGrid({ maxBeta: 0.4, nAlpha: 4, nBeta: 2 });
    expect([...points.slice(0, 2)]).toEqual([0, 0]);
    expect(points.slice(2)).toEqual(grids.s2NearIdentityGrid({ maxBeta: 0.4, nAlpha: 4, nBeta: 2 }).points);
    const distinct = ({ points }: { points: Float64Array }) => {
      const rows = Array.from({ length: points.length / 3 }, (_, i) => points.subarray(3 * i, 3 * i + 3));
      const quaternions = rows.map(([beta, alpha, gamma]) =>
        toQuaternion({ alpha: alpha!, beta: beta!, gamma: gamma! }),
      );
      return quaternions.filter((p, i) =>
        quaternions.slice(0, i).every((q) => Math.abs(p.reduce((sum, x, k) => sum + x * q[k]!, 0)) < 1 - 1e-9),
      ).length;
    };
    const sizes = { nAlpha: 4, nBeta: 2, nGamma: 5 };
    expect(distinct(grids.so3DiscGrid(sizes))).toBe(45);
    expect(distinct(grids.so3NearIdentityGrid(sizes))).toBe(16); // of 40: γ is 0 or π
  });

  it("include both ends, and one value means the lower end", () => {
    const { points } = grids.so3EquatorialGrid({ maxBeta: 0.25, maxGamma: 0.5, nAlpha: 1, nBeta: 2, nGamma: 3 });
    const low = Math.PI / 2 - 0.25;
    const high = Math.PI / 2 + 0.25;
    expect([...points]).toEqual([low, 0, -0.5, low, 0, 0, low, 0, 0.5, high, 0, -0.5, high, 0, 0, high, 0, 0.5]);
    expect([...grids.so3EquatorialGrid({ maxBeta: 0.25, maxGamma: 0.5, nAlpha: 1, nGamma: 1 }).points]).toEqual([
      low,
      0,
      -0.5,
    ]);
  });

  it("a near-identity grid of one point and no extent is the identity", () => {
    const { points } = grids.so3NearIdentityGrid({ maxBeta: 0, maxGamma: 0, nAlpha: 1, nBeta: 1 });
    expect([...points]).toEqual([0, 0, 0]);
  });

  it("the soft grid is the sampling grid of a signal", () => {
    expect([...grids.s2SoftGrid(1).points]).toEqual([
      Math.PI / 4,
      0,
      Math.PI / 4,
      Math.PI,
      (3 * Math.PI) / 4,
      0,
      (3 * Math.PI) / 4,
      Math.PI,
    ]);
    const { points } = grids.so3SoftGrid(2);
    for (let i = 0; i < 64; i++) {
      const [j, k, c] = [i >> 4, (i >> 2) & 3, i & 3];
      expect([...points.subarray(3 * i, 3 * i + 3)]).toEqual([
        (Math.PI * (2 * j + 1)) / 8,
        (Math.PI * k) / 2,
        (Math.PI * c) / 2,
      ]);
    }
  });

  it("refuse what is no grid", () => {
    expect(() => grids.s2NearIdentityGrid({ nAlpha: 0 })).toThrow(
      /s2-near-identity grid: nAlpha must be a positive integer, got 0/,
    );
    expect(() => grids.s2NearIdentityGrid({ maxBeta: 4 })).toThrow(/maxBeta must be from 0 to 3.14.* got 4/);
    expect(() => grids.s2EquatorialGrid({ maxBeta: Number.NaN })).toThrow(ValueError);
    expect(() => grids.so3NearIdentityGrid({ maxGamma: 7 })).toThrow(ValueError);
    expect(() => grids.so3EquatorialGrid({ nGamma: 1.5 })).toThrow(ValueError);
    expect(() => grids.so3NearIdentityGrid({ nAlpha: 1024, nBeta: 1024 })).toThrow(
      /at most 1048576 points, got 1073741824/,
    );
    expect(() => grids.s2SoftGrid(0.5)).toThrow(ValueError);
    expect(() => grids.so3SoftGrid(64)).toThrow(/at most/);
  });
});

describe("gridFromDescription", () => {
  it("rebuilds every grid from JSON, bit for bit", () => {
    for (const grid of all) {
      expect(grids.gridFromDescription(JSON.parse(JSON.stringify(grids.describeGrid(grid))))).toEqual(grid);
    }
    expect(new Set(all.map((grid) => grid.kind)).size).toBe(9);
  });

  const nested = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`);
  it.each([
    ["nothing", undefined, /unknown kind undefined, expected one of s2-near-identity/],
    ["null", null, /unknown kind/],
    ["unknown kind", { kind: "hexagonal", parameters: {} }, /unknown kind "hexagonal"/],
    ["inherited name", { kind: "toString", parameters: {} }, /unknown kind "toString"/],
    ["deeply nested kind", { kind: nested }, /unknown kind/],
    ["no parameters", { kind: "s2-soft" }, /expected the numbers bandwidth, got undefined/],
    ["missing parameter", { kind: "s2-equatorial", parameters: { maxBeta: 0, nAlpha: 4 } }, /maxBeta, nAlpha, nBeta/],
    ["extra parameter", { kind: "s2-soft", parameters: { bandwidth: 2, b: 2 } }, /expected the numbers bandwidth/],
    ["text for a number", { kind: "s2-soft", parameters: { bandwidth: "2" } }, /bandwidth: string/],
    ["nested parameter", { kind: "s2-soft", parameters: { bandwidth: nested } }, /bandwidth: object/],
    ["absurd count", { kind: "s2-near-identity", parameters: { maxBeta: 1, nAlpha: 1e9, nBeta: 1e9 } }, /at most/],
    [
      "negative count",
      { kind: "s2-near-identity", parameters: { maxBeta: 1, nAlpha: -8, nBeta: -3 } },
      /positive integer/,
    ],
    ["absurd bandwidth", { kind: "so3-soft", parameters: { bandwidth: 1e300 } }, /got/],
  ])("refuses %s", (_, description, message) => {
    expect(() => grids.gridFromDescription(description)).toThrow(ValueError);
    expect(() => grids.gridFromDescription(description)).toThrow(message);
  });
});
