import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Projector, type ProjectorOptions, projectImage, type Sampling } from "../../src/data/projection.ts";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { Random } from "../../src/random.ts";
import { type Rotation, randomRotation } from "../../src/sphere/rotations.ts";

const { tensors } = readSafetensors(readFileSync(new URL("../reference/projection.safetensors", import.meta.url)));
const f64 = (name: string) => tensors.get(name)!.data as Float64Array;
const u8 = (name: string) => tensors.get(name)!.data as Uint8Array;
const picture = (i: number) => u8("images").subarray(784 * i, 784 * (i + 1));
const reference = f64("rotation");

const cases: [string, Sampling["grid"], Sampling["interpolation"], string, Rotation | undefined][] = [];
for (const [grid, short] of [
  ["soft", "soft"],
  ["driscoll-healy", "dh"],
] as const) {
  for (const [pose, rotation] of [
    ["upright", undefined],
    ["rotated", reference],
  ] as const) {
    cases.push([`bilinear_${short}_${pose}`, grid, "bilinear", `xyz_${short}_${pose}`, rotation]);
    if (short === "dh") cases.push([`paper_dh_${pose}`, grid, "blurred", `xyz_dh_${pose}`, rotation]);
  }
}

describe("projection of a plane picture", () => {
  it.each(cases)("%s", (name, grid, interpolation, xyz, rotation) => {
    const projector = new Projector({ protocol: { grid, interpolation } });
    const points = projector.points(rotation);
    expect(tensors.get(xyz)!.shape).toEqual([3, 60, 60]);
    expect(Math.max(...points.map((x, i) => Math.abs(x - f64(xyz)[i]!)))).toBeLessThan(1e-14);

    const expected = u8(name);
    let [off, worst, ink] = [0, 0, 0];
    for (let i = 0; i < 5; i++) {
      projector.project(picture(i), rotation).forEach((value, k) => {
        const difference = Math.abs(value - expected[3600 * i + k]!);
        if (difference > 0) off++;
        if (value > 0) ink++;
        worst = Math.max(worst, difference);
      });
    }
    // One pixel in 10,000 of the 18,000 may be off by one: where the original's last bit fell beside an integer.
    expect(off).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(1);
    expect(ink).toBeGreaterThan(1000);
  });

  it("has both protocols by name", () => {
    expect(projectImage(picture(0))).toEqual(u8("bilinear_soft_upright").slice(0, 3600));
    const paper = projectImage(picture(4), { protocol: "paper", rotation: reference });
    expect(paper).toEqual(u8("paper_dh_rotated").slice(4 * 3600));
  });

  it("keeps nothing of the picture or the rotation before", () => {
    const random = new Random(2);
    const rotations = Array.from({ length: 6 }, () => randomRotation(random));
    const kept = new Projector({ bandwidth: 12 });
    for (const order of [
      [0, 1, 1, 2],
      [undefined, 3, undefined, 3],
      [4, 5, 4],
    ]) {
      order.forEach((r, i) => {
        const rotation = r === undefined ? undefined : rotations[r]!;
        const options: ProjectorOptions & { rotation?: Rotation } = { bandwidth: 12, ...(rotation && { rotation }) };
        expect(kept.project(picture(i), rotation)).toEqual(projectImage(picture(i), options));
      });
    }
  });

  it("takes any bandwidth and any square picture", () => {
    const bright = new Uint8Array(100).fill(200);
    const projector = new Projector({ bandwidth: 8, side: 10 });
    const samples = projector.project(bright);
    expect(samples).toHaveLength(256);
    // The south pole, last ring of β, looks at the middle of the picture; the north pole past its edge.
    expect([...samples.subarray(240)]).toEqual(new Array(16).fill(255));
    expect([...samples.subarray(0, 16)]).toEqual(new Array(16).fill(0));
    const turned = projector.project(bright, { alpha: 0, beta: Math.PI, gamma: 0 });
    expect([...turned.subarray(0, 16)]).toEqual(new Array(16).fill(255));
    expect([...turned.subarray(240)]).toEqual(new Array(16).fill(0));
  });

  it("x runs along rows and y along columns", () => {
    const half = new Uint8Array(100);
    half.fill(255, 60); // rows 6 to 9: x > 0, which is α near 0
    const samples = new Projector({ bandwidth: 8, side: 10 }).project(half);
    const ring = samples.subarray(16 * 12, 16 * 13);
    expect(ring[0]).toBe(255);
    expect(ring[8]).toBe(0);
    expect(ring[4]).toBe(ring[12]);
  });

  it("of a picture that is empty is empty", () => {
    expect(Math.max(...projectImage(new Uint8Array(784)))).toBe(0);
  });

  it("writes where it is told", () => {
    const room = new Uint8Array(3600 * 2).fill(7);
    const projector = new Projector();
    const into = room.subarray(3600);
    expect(projector.project(picture(1), undefined, into)).toBe(into);
    expect(into).toEqual(projectImage(picture(1)));
    expect(room[3599]).toBe(7);
  });

  it("refuses what does not fit", () => {
    const projector = new Projector();
    expect(() => projector.project(new Uint8Array(783))).toThrow(ShapeError);
    expect(() => projector.project(new Uint8Array(783))).toThrow(/expected a picture of 28×28 pixels, got 783/);
    expect(() => projector.project(picture(0), undefined, new Uint8Array(1))).toThrow(/room for 3600 samples, got 1/);
    expect(() => projector.project(picture(0), [1, 1, 1, 1])).toThrow(/norm 2/);
    expect(() => new Projector({ bandwidth: 0 })).toThrow(ValueError);
    expect(() => new Projector({ bandwidth: 5000 })).toThrow(/at most 1024/);
    expect(() => new Projector({ side: 0 })).toThrow(ValueError);
    expect(() => new Projector({ protocol: "other" as never })).toThrow(
      /unknown protocol "other", expected default or paper/,
    );
  });
});
