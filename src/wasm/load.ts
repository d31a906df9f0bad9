// Chooses, compiles and instantiates one of the kernel binaries.

import { UnsupportedRuntimeError, ValueError } from "../errors.ts";
import type { Kernels } from "./kernels.ts";
import type { Memory } from "./memory.ts";
import { withSharedMemory } from "./shared-memory.ts";

export type Dtype = "f32" | "f64";
export type Build = "plain" | "relaxed";

/** A module of one function `(v128) → v128` with f32x4.add: valid where WebAssembly SIMD is. */
const SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0, 10, 11, 1, 9, 0, 32, 0, 32, 0, 253, 228, 1, 11,
];
/** The same with f32x4.relaxed_madd. */
const RELAXED_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133,
  2, 11,
];

function validates(bytes: readonly number[]): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(Uint8Array.from(bytes));
}

/** Whether this runtime has WebAssembly SIMD, without which nothing here runs. */
export function hasSimd(): boolean {
  return validates(SIMD_PROBE);
}

/** Whether this runtime has relaxed SIMD (fused multiply-add). */
export function hasRelaxedSimd(): boolean {
  return validates(RELAXED_PROBE);
}

/**
 * The build to use: "auto" takes relaxed where the runtime has it.
 * @throws UnsupportedRuntimeError where SIMD, or the relaxed SIMD that was asked for, is missing.
 */
export function chooseBuild(asked: Build | "auto"): Build {
  if (!hasSimd()) {
    throw new UnsupportedRuntimeError(
      "createEngine: this runtime has no WebAssembly SIMD; Node ≥ 16.4, Deno, Bun and every browser since 2023 have it",
    );
  }
  if (asked === "auto") return hasRelaxedSimd() ? "relaxed" : "plain";
  if (asked === "plain") return asked;
  if (asked !== "relaxed")
    throw new ValueError(`createEngine: build must be "auto", "plain" or "relaxed", got ${asked}`);
  if (!hasRelaxedSimd()) {
    throw new UnsupportedRuntimeError(
      'createEngine: build "relaxed" was asked for, and this runtime has no relaxed SIMD (Node ≥ 22 has it); use "auto"',
    );
  }
  return asked;
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** The binary's bytes, carried in base64 by a module of its own that is loaded only when needed. */
async function binary(dtype: Dtype, build: Build): Promise<string> {
  switch (`${dtype}-${build}` as const) {
    case "f32-plain":
      return (await import("#wasm/f32-plain")).default;
    case "f32-relaxed":
      return (await import("#wasm/f32-relaxed")).default;
    case "f64-plain":
      return (await import("#wasm/f64-plain")).default;
    case "f64-relaxed":
      return (await import("#wasm/f64-relaxed")).default;
  }
}

async function compile(dtype: Dtype, build: Build, shared: boolean): Promise<WebAssembly.Module> {
  const characters = atob(await binary(dtype, build));
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes);
}

/** The module of a binary, for a memory that threads share or for one that they do not; compiled once per process. */
export function compileKernels(dtype: Dtype, build: Build, shared: boolean): Promise<WebAssembly.Module> {
  const key = `${dtype}-${build}${shared ? "-shared" : ""}`;
  let module = compiled.get(key);
  if (!module) {
    module = compile(dtype, build, shared);
    module.catch(() => compiled.delete(key));
    compiled.set(key, module);
  }
  return module;
}

/** Kernels over `memory`. */
export async function loadKernels(dtype: Dtype, build: Build, memory: Memory): Promise<Kernels> {
  const module = await compileKernels(dtype, build, memory.shared);
  const instance = await WebAssembly.instantiate(module, { env: { memory: memory.wasm as WebAssembly.Memory } });
  return instance.exports as unknown as Kernels;
}
