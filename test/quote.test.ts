// How values from outside are shown in messages.

import { describe, expect, test } from "vitest";
import { quote } from "../src/quote.ts";

describe("quote", () => {
  const cyclic: Record<string, unknown> = { count: 2 };
  cyclic.self = cyclic;
  const ring: unknown[] = [1];
  ring.push(ring);

  const cases: [value: unknown, shown: string][] = [
    ["two", '"two"'],
    ['say "two"\n', String.raw`"say \"two\"\n"`],
    [1.5, "1.5"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [2n, "2n"],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [Symbol("s"), "Symbol(s)"],
    [Math.max, "function max"],
    [() => 1, "a function"],
    [[1, Number.NaN, 2n, "a", null, undefined], '[1,NaN,2n,"a",null,undefined]'],
    [[1, [2]], "a nested list"],
    [ring, "a nested list"],
    [{ type: "ReLU", count: 3, more: {} }, "{type: string, count: 3, more: object}"],
    [cyclic, "{count: 2, self: object}"],
    [Object.create(null), "{}"],
    [Promise.resolve(1), "Promise {}"],
    [new Map([[1, 2]]), "Map {}"],
    [new Float32Array(3), "Float32Array of 12 bytes"],
  ];
  test.each(cases.map(([value, shown]) => ({ value: () => value, shown })))("$shown", ({ value, shown }) => {
    expect(quote(value())).toBe(shown);
  });

  test("is never long, nor slow", () => {
    const deep = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`);
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));
    for (const value of ["x".repeat(1e6), deep, wide, new Array(1e6).fill(1), new Float64Array(1e7), 10n ** 200n]) {
      expect(quote(value).length).toBeLessThanOrEqual(80);
    }
  });
});
