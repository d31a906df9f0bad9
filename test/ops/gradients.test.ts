// Every operation of src/ops: its gradient against finite differences in f64, and for the linear ones
// ⟨Ax, y⟩ = ⟨x, A†y⟩ in every build. The last test sees to it that none is left out.

import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { multiply } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/sum.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { inEveryEngine, inF64Engines } from "../support/engines.ts";
import { expectGradient, inner, random } from "../support/gradient-check.ts";
import { ALL, LINEAR } from "../support/operations.ts";
import { ADJOINT } from "../support/tolerances.ts";

inF64Engines((engine) => {
  test.each(ALL)("gradient of $name", ({ inputs, op }) => {
    engine.scope(() => expectGradient(engine, inputs(engine), op));
  });
});

inEveryEngine((engine) => {
  test.each(LINEAR)("⟨Ax, y⟩ = ⟨x, A†y⟩ for $name", ({ inputs, op }) => {
    engine.scope(() => {
      const x = inputs(engine)[0]!;
      x.requiresGrad = true;
      const Ax = op(x);
      const y = random.like(Ax, 5);
      const weighted = sum(multiply(Ax, y));
      weighted.backward();
      const adjoint = x.grad!;
      const size = Math.sqrt(inner(Ax, Ax) * inner(y, y)) + Math.sqrt(inner(x, x) * inner(adjoint, adjoint));
      expect(Math.abs(inner(Ax, y) - inner(x, adjoint)) / size).toBeLessThan(ADJOINT[engine.dtype]);
    });
  });
});

describe("inputs of several engines", async () => {
  const [engine, other] = [await createEngine(), await createEngine()];
  const several = ALL.filter(({ inputs }) => engine.scope(() => inputs(engine).length) > 1);

  test.each(several)("are refused by $name", ({ inputs, op }) => {
    const own = inputs(engine);
    for (let i = 1; i < own.length; i++) {
      const mixed = own.with(i, inputs(other)[i]!);
      expect(() => op(...mixed)).toThrow(ValueError);
      expect(() => op(...mixed)).toThrow(/expected tensors of one engine/);
    }
  });
});

describe("completeness", () => {
  /** What src/ops exports beside operations. */
  const notOperations = new Set(["clear", "compose", "gemm", "gemmPacked"]);

  test("every exported operation is checked", async () => {
    const files = readdirSync(new URL("../../src/ops", import.meta.url)).filter((file) => file.endsWith(".ts"));
    const exported = await Promise.all(
      files.map(
        async (file) => Object.entries(await import(/* @vite-ignore */ `../../src/ops/${file}`)) as [string, unknown][],
      ),
    );
    const operations = exported
      .flat()
      .filter(([name, value]) => typeof value === "function" && !notOperations.has(name))
      .map(([name]) => name);
    expect(operations.length).toBeGreaterThan(30);
    const checked = new Set(ALL.map(({ name }) => name.split(/[ ,]/)[0]));
    expect(operations.filter((name) => !checked.has(name))).toEqual([]);
  });
});
