// The binaries over a memory that threads share: another import section, the same kernels.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { withSharedMemory } from "../../src/wasm/shared-memory.ts";
import { BUILDS } from "../support/kernels.ts";

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  const binary = new Uint8Array(readFileSync(`build/wasm/${dtype}-${build}.wasm`));
  const changed = withSharedMemory(binary);

  test("takes a shared memory of any limit, and no other", () => {
    const module = new WebAssembly.Module(changed);
    for (const maximum of [1, 65536]) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum, shared: true });
      const { lanes } = new WebAssembly.Instance(module, { env: { memory } }).exports as { lanes(): number };
      expect(lanes()).toBe(dtype === "f32" ? 4 : 2);
    }
    const alone = { env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) } };
    expect(() => new WebAssembly.Instance(module, alone)).toThrow(WebAssembly.LinkError);
  });

  test("has the same exports and the same code", () => {
    const exportsOf = (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module.exports(new WebAssembly.Module(bytes));
    expect(exportsOf(changed)).toEqual(exportsOf(binary));
    expect(Buffer.from(changed).subarray(-150_000).equals(Buffer.from(binary).subarray(-150_000))).toBe(true);
  });
});

test("a memory that has its own limit already gets the shared one", () => {
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  const name = [3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121];
  const withLimits = (...limits: number[]) => [...header, 2, name.length + limits.length + 2, 1, ...name, 2, ...limits];
  const binary = Uint8Array.from(withLimits(1, 7, 0x80, 0x01));
  expect(WebAssembly.validate(binary)).toBe(true);
  expect([...withSharedMemory(binary)]).toEqual(withLimits(3, 7, 0x80, 0x80, 0x04));
});

test("refuses what imports something else, or nothing", () => {
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  const importsGlobal = [2, 8, 1, 1, 101, 1, 103, 3, 127, 0];
  for (const sections of [[], importsGlobal]) {
    const binary = Uint8Array.from([...header, ...sections]);
    expect(WebAssembly.validate(binary)).toBe(true);
    expect(() => withSharedMemory(binary)).toThrow(/whose only import is a memory/);
  }
});
