// The installed package in Node, by import and by require, in Deno and in Bun; and what they say without SIMD or memory.

import { describe, expect, test } from "vitest";
import { expectReport } from "./expect.ts";
import { has } from "./installed.mjs";
import { PRINTS, PRINTS_REFUSAL, PRINTS_REQUIRED, project, type Report, run, runJson, tool } from "./projects.ts";

interface Runtime {
  readonly name: string;
  readonly there: boolean;
  readonly command: readonly string[];
  /** What takes SIMD away, as arguments or in the environment, and what leaves WebAssembly four MiB. */
  readonly withoutSimd: readonly string[] | Readonly<Record<string, string>>;
  readonly withoutMemory: readonly string[] | null;
}

const v8 = (flags: string) => [flags];
const V8_WITHOUT_SIMD = "--no-enable-sse4-1";
const V8_WITHOUT_MEMORY = "--wasm-max-mem-pages=64";

const node = (name: string, there: boolean, program: string): Runtime => ({
  name,
  there,
  command: [program],
  withoutSimd: v8(V8_WITHOUT_SIMD),
  withoutMemory: v8(V8_WITHOUT_MEMORY),
});

const deno = [tool(".bin/deno"), "run", "--allow-all", "--no-lock", "--node-modules-dir=manual"];

const RUNTIMES: readonly Runtime[] = [
  node(`Node ${process.versions.node}`, true, process.execPath),
  node("Node 24", has("Node 24"), tool(".bin/node")),
  {
    name: "Deno",
    there: has("Deno"),
    command: deno,
    withoutSimd: [`--v8-flags=${V8_WITHOUT_SIMD}`],
    withoutMemory: [`--v8-flags=${V8_WITHOUT_MEMORY}`],
  },
  {
    name: "Bun",
    there: has("Bun"),
    command: [tool(".bin/bun"), "run"],
    withoutSimd: { BUN_JSC_useWasmSIMD: "0" },
    withoutMemory: null,
  },
];

/** A model of 8 MB in f64: more than four MiB, whatever the engine is allowed. */
const PRINTS_WITHOUT_MEMORY = `import * as cnn from "spherical-cnn";
const sizes = { type: "Linear", featuresIn: 1000, featuresOut: 1000, bias: false };
try {
  const engine = await cnn.createEngine({ dtype: "f64", build: "plain", memoryLimit: 2 ** 28 });
  cnn.moduleFromDescription(engine, sizes, new cnn.Random(1));
  console.log('"nothing"');
} catch (error) {
  console.log(JSON.stringify(error.name + ": " + error.message));
}
`;

describe.each(RUNTIMES)("$name", ({ there, command, withoutSimd }) => {
  test.skipIf(!there)("imports it: the same bits, errors by name, threads", () => {
    expectReport(runJson<Report>(project("import", { "main.js": PRINTS }), [...command, "main.js"]), 2);
  });

  test.skipIf(!there)("requires it", () => {
    expectReport(runJson<Report>(project("require", { "main.cjs": PRINTS_REQUIRED }), [...command, "main.cjs"]), 2);
  });

  test.skipIf(!there)("says that SIMD is missing", () => {
    const [flags, env] = Array.isArray(withoutSimd) ? [withoutSimd, {}] : [[], withoutSimd as Record<string, string>];
    const folder = project("without-simd", { "main.js": PRINTS_REFUSAL });
    const refusal = runJson<string>(folder, [...command, ...flags, "main.js"], env);
    expect(refusal).toMatch(/^UnsupportedRuntimeError: createEngine: this runtime has no WebAssembly SIMD/);
  });
});

describe.each(RUNTIMES.filter(({ withoutMemory }) => withoutMemory))("$name", ({ there, command, withoutMemory }) => {
  test.skipIf(!there)("says that a model is larger than the memory that the host gives", () => {
    const folder = project("without-memory", { "main.js": PRINTS_WITHOUT_MEMORY });
    const refusal = runJson<string>(folder, [...command, ...withoutMemory!, "main.js"]);
    expect(refusal).toMatch(/^MemoryExhaustedError: Memory: /);
  });
});

test("the command line", () => {
  const folder = project("cli", {});
  expect(run(folder, [process.execPath, "node_modules/.bin/spherical-cnn", "--version"])).toMatch(/^spherical-cnn\/\d/);
});
