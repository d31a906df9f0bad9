import { describe, expect, it } from "vitest";
import { ValueError } from "../src/errors.ts";
import { Random } from "../src/random.ts";

const draw = (random: Random, n: number) => Array.from({ length: n }, () => random.bits());

describe("xoshiro128** and splitmix64", () => {
  it("gives the reference implementation's outputs", () => {
    const random = new Random().restore({
      key: "0000000000000000",
      words: [0x964d4a0c, 0xd40ab895, 0xad7fdecb, 0x3006f0f0],
    });
    expect(draw(random, 4)).toEqual([0xf1391922, 0x6fe53806, 0xa5be2840, 0xf510ee70]);
    expect(random.state().words).toEqual([0xfc65379c, 0x52006d70, 0x87487639, 0xf1908343]);
  });

  it("fills its state with splitmix64 of the seed", () => {
    // The first two published outputs of splitmix64 for the seed 1234567.
    const [first, second] = [6457827717110365317n, 3203168211198807973n];
    expect(new Random(1234567).state().words.map(BigInt)).toEqual([
      first & 0xffffffffn,
      first >> 32n,
      second & 0xffffffffn,
      second >> 32n,
    ]);
  });
});

describe("Random", () => {
  it("repeats itself for the same seed and differs for another", () => {
    expect(draw(new Random(7), 8)).toEqual(draw(new Random(7), 8));
    expect(draw(new Random(7), 8)).not.toEqual(draw(new Random(8), 8));
    expect(draw(new Random(0), 8)).toEqual(draw(new Random(), 8));
  });

  it("next() fills [0, 1) evenly, with 53 bits", () => {
    const random = new Random(1);
    const counts = new Array<number>(16).fill(0);
    const n = 64_000;
    let odd = 0;
    for (let i = 0; i < n; i++) {
      const x = random.next();
      if (!(x >= 0 && x < 1)) throw new Error(`next() gave ${x}`);
      counts[Math.floor(16 * x)]!++;
      odd += (x * 2 ** 53) % 2;
    }
    // χ² with 15 degrees of freedom stays below 44 but in one of 10,000 seeds.
    const chi2 = counts.reduce((sum, count) => sum + (count - n / 16) ** 2 / (n / 16), 0);
    expect(chi2).toBeLessThan(44);
    expect(Math.abs(odd / n - 0.5)).toBeLessThan(0.01);
  });

  it("uniform() stays in its range", () => {
    const random = new Random(2);
    const xs = Array.from({ length: 10_000 }, () => random.uniform(-3, 5));
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...xs)).toBeLessThan(5);
    expect(Math.abs(xs.reduce((a, b) => a + b) / xs.length - 1)).toBeLessThan(0.1);
    expect(() => random.uniform(1, 0)).toThrow(ValueError);
    expect(() => random.uniform(0, Number.NaN)).toThrow(ValueError);
  });

  it("normal() has the normal moments", () => {
    const random = new Random(3);
    const n = 100_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      for (let k = 0; k < 4; k++) moments[k]! += x ** (k + 1) / n;
    }
    // Five standard deviations of each sample moment: √(1, 2, 15, 96 / n).
    const spread = 5 / Math.sqrt(n);
    expect(Math.abs(moments[0]!)).toBeLessThan(spread);
    expect(Math.abs(moments[1]! - 1)).toBeLessThan(spread * Math.sqrt(2));
    expect(Math.abs(moments[2]!)).toBeLessThan(spread * Math.sqrt(15));
    expect(Math.abs(moments[3]! - 3)).toBeLessThan(spread * Math.sqrt(96));
  });

  it("normal() is the polar method with an exact logarithm", () => {
    const random = new Random(4);
    const twin = new Random(4);
    for (let i = 0; i < 1000; i++) {
      let x: number;
      let s: number;
      do {
        x = 2 * twin.next() - 1;
        s = x * x + (2 * twin.next() - 1) ** 2;
      } while (s >= 1 || s === 0);
      const expected = x * Math.sqrt((-2 * Math.log(s)) / s);
      expect(Math.abs(random.normal() - expected)).toBeLessThanOrEqual(2e-15 * Math.abs(expected));
    }
  });

  it("integer() is unbiased where a plain remainder would not be", () => {
    const random = new Random(5);
    const n = 6755399441055744; // 3/4 of 2^53: a plain remainder would give the lower third half of all draws.
    let lower = 0;
    for (let i = 0; i < 20_000; i++) if (random.integer(n) < n / 3) lower++;
    expect(Math.abs(lower / 20_000 - 1 / 3)).toBeLessThan(0.02);
    expect(random.integer(1)).toBe(0);
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 53]) expect(() => random.integer(bad)).toThrow(ValueError);
  });

  it("shuffle() and permutation() give every order equally often", () => {
    const random = new Random(6);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const key = random.permutation(4).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(160); // five standard deviations
    expect([...random.permutation(100)].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    expect(random.permutation(0)).toHaveLength(0);
    const letters = ["a", "b", "c"];
    expect(random.shuffle(letters)).toBe(letters);
    expect([...letters].sort()).toEqual(["a", "b", "c"]);
    expect(() => random.permutation(-1)).toThrow(ValueError);
  });

  it("fork() depends on seed and label, not on position", () => {
    const random = new Random(9);
    const early = draw(random.fork("shuffle"), 4);
    draw(random, 100);
    expect(draw(random.fork("shuffle"), 4)).toEqual(early);
    const forks = ["shuffle", "shufflf", "", 0, 1, "0", "1", 2 ** 32].map((label) =>
      draw(random.fork(label), 4).join(),
    );
    expect(new Set([...forks, draw(new Random(9), 4).join(), draw(new Random(10).fork(""), 4).join()]).size).toBe(10);
    expect(draw(random.fork("a").fork(3), 4)).not.toEqual(draw(random.fork("a").fork(4), 4));
    expect(() => random.fork(-1)).toThrow(ValueError);
  });

  it("goes on from a saved state, forks included", () => {
    const random = new Random(11).fork("train");
    draw(random, 5);
    random.normal();
    const saved = JSON.parse(JSON.stringify(random.state()));
    const expected = [...draw(random, 5), random.normal(), ...draw(random.fork("epoch"), 3)];
    const other = new Random(0).restore(saved);
    expect([...draw(other, 5), other.normal(), ...draw(other.fork("epoch"), 3)]).toEqual(expected);
  });

  it("refuses seeds and states that are none", () => {
    for (const bad of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => new Random(bad)).toThrow(/seed must be an integer/);
    const random = new Random(1);
    const before = random.state();
    const words = before.words;
    for (const bad of [
      null,
      {},
      { key: "xyz", words },
      { key: before.key, words: [1, 2, 3] },
      { key: before.key, words: [0, 0, 0, 0] },
      { key: before.key, words: [1, 2, 3, 2 ** 32] },
      { key: before.key, words: [1, 2, 3, "4"] },
    ]) {
      expect(() => random.restore(bad as never)).toThrow(ValueError);
    }
    expect(random.state()).toEqual(before);
  });
});
