// The choice of a build, also in runtimes that lack what it needs, and how little memory an engine takes.

import { afterEach, expect, it, vi } from "vitest";
import { UnsupportedRuntimeError, ValueError } from "../../src/errors.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { wignerTable } from "../../src/tables/transforms.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { predict } from "../../src/train/evaluate.ts";
import { chooseBuild, hasRelaxedSimd, hasSimd } from "../../src/wasm/load.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** f32x4.relaxed_madd: the opcode by which the probe for relaxed SIMD differs from that for SIMD. */
const hasRelaxedOpcode = (bytes: Uint8Array) => bytes.join().includes("253,133,2");

it("says what is missing where there is no SIMD", async () => {
  vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  expect(hasSimd()).toBe(false);
  await expect(createEngine()).rejects.toThrow(UnsupportedRuntimeError);
  await expect(createEngine()).rejects.toThrow(/no WebAssembly SIMD/);
});

it("says what is missing where there is no WebAssembly at all", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  await expect(createEngine()).rejects.toThrow(UnsupportedRuntimeError);
  vi.unstubAllGlobals();
});

it("falls back to the plain build where SIMD is not relaxed, and refuses the relaxed one by name", () => {
  const { validate } = WebAssembly;
  vi.spyOn(WebAssembly, "validate").mockImplementation(
    (bytes) => validate(bytes) && !hasRelaxedOpcode(bytes as Uint8Array),
  );
  expect(hasRelaxedSimd()).toBe(false);
  expect(chooseBuild("auto", "f32")).toBe("plain");
  expect(() => chooseBuild("relaxed", "f32")).toThrow(UnsupportedRuntimeError);
});

it("takes the relaxed build where it can", () => {
  expect(hasRelaxedSimd()).toBe(true);
  expect(chooseBuild("auto", "f32")).toBe("relaxed");
  expect(chooseBuild("plain", "f32")).toBe("plain");
});

it("refuses options that are none", async () => {
  await expect(createEngine({ dtype: "f16" as "f32" })).rejects.toThrow(ValueError);
  await expect(createEngine({ build: "fast" as "plain" })).rejects.toThrow(ValueError);
  await expect(createEngine({ memoryLimit: 1 })).rejects.toThrow(/between 64 KiB and 4 GiB/);
});

it("keeps the Wigner table of bandwidth 32 in f32 below 3 MB", async () => {
  const engine = await createEngine();
  wignerTable(engine, 32, 32, 32, 1);
  const { used } = engine.memoryStatistics;
  expect(used).toBeGreaterThan(1e6);
  expect(used).toBeLessThan(3e6);
});

it("reads one digit with less than 16 MB of memory: parameters, tables, everything", async () => {
  const engine = await createEngine();
  const network = buildNetwork("mnist-original-72", engine);
  await predict(network, new Uint8Array(3600).fill(7), [1, 1, 60, 60]);
  expect(engine.memoryStatistics.reserved).toBeLessThan(16e6);
});
