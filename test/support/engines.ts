// The four engines, f32 and f64 × plain and relaxed, for tests that hold in all of them.

import { describe } from "vitest";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { BUILDS } from "./kernels.ts";

const engines = await Promise.all(
  BUILDS.map(async ({ dtype, build }) => ({ name: `${dtype} ${build}`, engine: await createEngine({ dtype, build }) })),
);

/** Runs the tests once for each engine. */
export function inEveryEngine(tests: (engine: Engine) => void): void {
  describe.each(engines)("$name", ({ engine }) => tests(engine));
}

/** Runs the tests in f64, plain and relaxed: for what is compared at the accuracy of f64. */
export function inF64Engines(tests: (engine: Engine) => void): void {
  const wide = engines.filter(({ engine }) => engine.dtype === "f64");
  describe.each(wide)("$name", ({ engine }) => tests(engine));
}
