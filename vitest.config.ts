import { defineConfig } from "vitest/config";

/** Node 20 has relaxed SIMD behind a flag: with it, the tests cover all four binaries on every supported Node. */
const node20 = Number(process.versions.node.split(".")[0]) < 22;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/runtimes/**"],
    execArgv: node20 ? ["--experimental-wasm-relaxed-simd"] : [],
    testTimeout: 60_000,
  },
});
