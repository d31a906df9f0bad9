// Engines and tensors: making, reading, lifetimes. What `backward` does with them: test/autodiff.

import { describe, expect, test } from "vitest";
import {
  MemoryExhaustedError,
  ReleasedEngineError,
  ReleasedTensorError,
  ShapeError,
  ValueError,
} from "../../src/errors.ts";
import { relu } from "../../src/ops/relu.ts";
import { quadratureWeights } from "../../src/tables/transforms.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { DENSE, signalLayout, signalShape } from "../../src/tensor/layout.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { signals } from "../support/signals.ts";

inEveryEngine((engine) => {
  describe("making and reading", () => {
    test("dense tensors and signals give back what they were made from", () => {
      engine.scope(() => {
        const values = signals(2 * 3 * 64, 1, engine.dtype);
        expect(Float64Array.from(engine.tensor(values, [2, 192]).toArray())).toEqual(values);
        for (const [batch, channels, b] of [
          [1, 1, 1],
          [2, 3, 2],
          [1, 4, 2],
          [5, 1, 3],
        ] as const) {
          for (const domain of ["s2", "so3"] as const) {
            const shape = signalShape(domain, b, batch, channels);
            const numbers = signals(
              shape.reduce((x, y) => x * y),
              2,
              engine.dtype,
            );
            const x = engine.signal(numbers, shape);
            expect(x.layout).toEqual(signalLayout(domain, b));
            expect(Float64Array.from(x.toArray())).toEqual(numbers);
          }
        }
      });
    });

    test("a spectrum gives back the complex coefficients of a real signal", () => {
      engine.scope(() => {
        const X = random.spectrum(engine, "so3", 3, 2, 3);
        const { re, im } = X.toComplex();
        const again = engine.spectrum("so3", 3, [2, 3], re, im);
        const error = X.view().map((value, i) => Math.abs(value - again.view()[i]!));
        expect(Math.max(...error)).toBeLessThan(engine.dtype === "f64" ? 1e-15 : 3e-7); // two roundings of √2·x
        expect(() => X.toArray()).toThrow(/use toComplex/);
        expect(() => random.filter(engine, "s2", 2, 1, 1).toArray()).toThrow(/its kernel is what can be read/);
        expect(() => engine.tensor([1]).toComplex()).toThrow(ShapeError);
      });
    });

    test("nothing that is not finite gets in, and no memory stays taken", () => {
      const { used } = engine.memoryStatistics;
      expect(() => engine.tensor([1, Number.NaN])).toThrow(/tensor: numbers must be finite, got NaN/);
      expect(() => engine.signal([1, Number.NEGATIVE_INFINITY, 0, 0], [1, 1, 2, 2])).toThrow(ValueError);
      expect(() => engine.spectrum("s2", 1, [1, 1], [Number.NaN], [0])).toThrow(ValueError);
      expect(() => engine.signal([0, 1, 2, 3, 4, 5, 6, Number.NaN], [2, 1, 2, 2])).toThrow(/NaN at row-major place 7/);
      expect(engine.memoryStatistics.used).toBe(used);
    });

    test("a number that the dtype cannot hold is named as it was given", () => {
      const of = (numbers: number[]) => engine.spectrum("s2", 2, [1, 1], numbers, [0, 0, 0, 0]);
      if (engine.dtype === "f32") {
        expect(() => engine.tensor([1, 1e39])).toThrow(/tensor: 1e\+39, at row-major place 1, does not fit f32/);
        expect(() => engine.signal([1, 1, 1e39, 1], [1, 1, 2, 2])).toThrow(/1e\+39, at row-major place 2/);
        expect(() => of([0, 0, 0, 1e39])).toThrow(/spectrum: 1e\+39, at row-major place 3/);
      }
      const largest = engine.dtype === "f32" ? 3.4e38 : 1.7e308;
      expect(() => of([0, -largest, 0, largest])).toThrow(/so large that their sums do not fit/); // √2·largest
    });

    test("shapes and counts must agree", () => {
      const four = [1, 2, 3, 4];
      expect(() => engine.tensor(four, [3])).toThrow(/shape \[3\] holds 3 numbers, got 4/);
      expect(() => engine.signal(four, [1, 1, 2, 3])).toThrow(/sides must all be 2b/);
      expect(() => engine.signal([1], [1, 1, 1, 1])).toThrow(ShapeError);
      expect(() => engine.signal(four, [4])).toThrow(/a signal is \[batch, channel, 2b, 2b\]/);
      expect(() => engine.signal([], [0, 1, 2, 2])).toThrow(/must not be empty/);
      expect(() => engine.signal(four, [1, 2, 2, 2])).toThrow(/holds 8 numbers, got 4/);
      expect(() => engine.tensor([1, 2, 3, 4, 5, 6], [-2, -3])).toThrow(/sizes must be whole numbers, got \[-2, -3\]/);
      expect(() => engine.tensor([1, 2, 3, 4, 5, 6], [0.5, 12])).toThrow(ShapeError);
      expect(() => engine.zeros(DENSE, [-1])).toThrow(ShapeError);
      expect(() => engine.zeros(DENSE, [Number.NaN])).toThrow(ShapeError);
      engine.scope(() => {
        expect(() => engine.tensor(four).item()).toThrow(ShapeError);
        expect(engine.tensor([7], [1, 1]).item()).toBe(7);
      });
    });
  });

  test("a spectrum is made only of a domain, a bandwidth, and as many coefficients as they have", () => {
    const zeros = (count: number) => new Float64Array(count);
    expect(() => engine.spectrum("so4" as never, 1, [1, 1], [0], [0])).toThrow(/must be "s2" or "so3", got "so4"/);
    for (const b of [0, -1, 1.5, Number.NaN, 65537]) {
      expect(() => engine.spectrum("s2", b, [1, 1], [0], [0])).toThrow(/spectrum: the bandwidth must be an integer/);
    }
    expect(() => engine.spectrum("s2", 1, [0, 1], [], [])).toThrow(
      /expected \[batch, channels\], neither of them empty/,
    );
    expect(() => engine.spectrum("s2", 1, [1, -1], [0], [0])).toThrow(ShapeError);
    expect(() => engine.spectrum("so3", 2, [1, 2], zeros(20), zeros(19))).toThrow(/holds 20 numbers, im has 19/);
    expect(() => engine.spectrum("s2", 2, [1, 1], zeros(5), zeros(4))).toThrow(/holds 4 numbers, re has 5/);
  });

  describe("lifetimes", () => {
    test("a scope releases what it made, except what it returns", () => {
      const { used } = engine.memoryStatistics;
      let inner: Tensor | undefined;
      const [a, { b }] = engine.scope(() => {
        inner = engine.tensor([1, 2]);
        return [engine.tensor([3]), { b: engine.tensor([4]) }] as const;
      });
      expect([a.item(), b.item()]).toEqual([3, 4]);
      expect(inner!.released).toBe(true);
      expect(() => inner!.toArray()).toThrow(ReleasedTensorError);
      engine.scope(() => {
        expect(() => relu(inner!)).toThrow(/this tensor, dense \[2\], was released: its scope has ended/);
      });
      a.dispose();
      b[Symbol.dispose]();
      b.dispose();
      expect(engine.memoryStatistics.used).toBe(used);
    });

    test("scopes nest: what one returns belongs to the next", () => {
      const { used } = engine.memoryStatistics;
      engine.scope(() => {
        const outer = engine.tensor([1]);
        const promoted = engine.scope(() => [outer, engine.tensor([2])] as const)[1];
        expect(promoted.item()).toBe(2);
        expect(outer.item()).toBe(1);
      });
      expect(engine.memoryStatistics.used).toBe(used);
    });

    test("an error ends a scope too", () => {
      const { used } = engine.memoryStatistics;
      const failing = () =>
        engine.scope(() => {
          engine.tensor([1]);
          throw new ValueError("from inside");
        });
      expect(failing).toThrow("from inside");
      expect(engine.memoryStatistics.used).toBe(used);
      // The stack of scopes is as before: this one is outermost again.
      engine.tensor([1]).dispose();
      expect(engine.scope(() => engine.tensor([1])).scope).toBe(null);
    });

    test("keep takes a tensor out", () => {
      const kept = engine.scope(() => ({ name: "not a tensor", deep: [engine.tensor([1]).keep()] })).deep[0]!;
      expect(kept.item()).toBe(1);
      kept.dispose();
    });

    test("the work of a scope is synchronous", () => {
      expect(() => engine.scope(async () => 1)).toThrow(/the work must be synchronous/);
    });

    test("noGrad ends with its work, also by an error", () => {
      engine.scope(() => {
        const x = engine.tensor([1]);
        x.requiresGrad = true;
        expect(engine.noGrad(() => relu(x)).requiresGrad).toBe(false);
        expect(() =>
          engine.noGrad(() => {
            throw new ValueError("inside");
          }),
        ).toThrow("inside");
        expect(engine.recording).toBe(true);
        expect(relu(x).requiresGrad).toBe(true);
      });
    });

    test("a table whose making fails leaves nothing behind, and scratch has a size", () => {
      const { used } = engine.memoryStatistics;
      const fail = () => {
        throw new ValueError("no such table");
      };
      expect(() => engine.table("failing", () => 1000, fail)).toThrow("no such table");
      expect(engine.memoryStatistics.used).toBe(used);
      for (const bytes of [-5, Number.NaN]) expect(() => engine.scratch(bytes)).toThrow(ValueError);
    });

    test("tables can be released and come back", () => {
      engine.scope(() => {
        const x = random.signal(engine, [1, 1, 8, 8]);
        engine.releaseTables();
        const { used } = engine.memoryStatistics;
        const name = "test";
        let fills = 0;
        const make = () =>
          engine.table(
            name,
            () => 1000,
            () => fills++,
          );
        expect(make()).toBe(make());
        expect(fills).toBe(1);
        engine.releaseTables();
        expect(engine.memoryStatistics.used).toBe(used);
        make();
        expect(fills).toBe(2);
        expect(x.released).toBe(false);
        engine.releaseTables();
      });
    });
  });
});

describe("createEngine", () => {
  test("refuses what is no dtype, build or limit", async () => {
    await expect(createEngine({ dtype: "f16" as never })).rejects.toThrow(/dtype must be "f32" or "f64", got "f16"/);
    await expect(createEngine({ dtype: 1n as never })).rejects.toThrow(/dtype must be "f32" or "f64", got 1n/);
    await expect(createEngine({ build: "fast" as never })).rejects.toThrow(/build must be .*, got "fast"/);
    for (const options of [null, 5, "f64"]) {
      await expect(createEngine(options as never)).rejects.toThrow(
        /expected options such as { dtype: "f64" }, or nothing/,
      );
    }
    for (const memoryLimit of [0, 1000, 2 ** 33, Number.NaN, "33554432" as never, 33554432n as never]) {
      await expect(createEngine({ memoryLimit })).rejects.toThrow(/memoryLimit must be between 64 KiB and 4 GiB/);
    }
  });

  test("the memory limit holds, and the engine goes on after it was met", async () => {
    const engine = await createEngine({ memoryLimit: 2 ** 20 });
    const ask = () => engine.zeros(DENSE, [1 << 20]);
    expect(ask).toThrow(MemoryExhaustedError);
    expect(ask).toThrow(/4194304 bytes were asked for .* use a smaller batch, release tensors/);
    try {
      ask();
    } catch (error) {
      expect((error as MemoryExhaustedError).requested).toBe(2 ** 22);
      expect((error as MemoryExhaustedError).limit).toBe(2 ** 20);
    }
    expect(engine.tensor([1, 2, 3]).toArray()).toEqual(new Float32Array([1, 2, 3]));
    expect(engine.memoryStatistics.reserved).toBeLessThanOrEqual(2 ** 20);
  });

  test("an engine that has ended says so, and lets its tensors and scopes end", async () => {
    const engine = await createEngine();
    const x = engine.tensor([1, 2]);
    expect(engine.memoryStatistics.used).toBeGreaterThan(0);
    engine.scope(() => {
      relu(x);
      engine.dispose();
    });
    engine.dispose();
    engine[Symbol.dispose]();
    const uses = [
      () => engine.tensor([1]),
      () => engine.signal([1, 2, 3, 4], [1, 1, 2, 2]),
      () => x.toArray(),
      () => relu(x),
      () => engine.scope(() => 1),
      () => engine.scratch(1),
      () =>
        engine.table(
          "table",
          () => 1,
          () => {},
        ),
      () => engine.kernels,
      () => quadratureWeights(engine, 4),
      () => engine.memoryStatistics,
    ];
    for (const use of uses) expect(use, String(use)).toThrow(ReleasedEngineError);
    x.dispose();
    expect(x.released).toBe(true);
  });

  test("engines live side by side", async () => {
    const [a, b] = await Promise.all([createEngine({ dtype: "f32" }), createEngine({ dtype: "f64" })]);
    const [x, y] = [a.tensor([0.1]), b.tensor([0.1])];
    expect(x.item()).toBe(Math.fround(0.1));
    expect(y.item()).toBe(0.1);
  });
});
