// Chooses and instantiates one of the kernel binaries.

import { UnsupportedRuntimeError } from "../errors.ts";
import { type BinaryName, type Build, compileKernels, type Dtype, isCarried, wasGiven } from "./binary.ts";
import type { Kernels } from "./kernels.ts";
import type { Memory } from "./memory.ts";
import { refusal } from "./module.ts";

export type { Build, Dtype } from "./binary.ts";

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

/** @throws UnsupportedRuntimeError where it has not, beginning with `where` */
export function requireSimd(where: string): void {
  if (hasSimd()) return;
  throw new UnsupportedRuntimeError(
    `${where}: this runtime has no WebAssembly SIMD; Node ≥ 16.4, Deno, Bun and every browser since 2023 have it`,
  );
}

/** Whether this runtime has relaxed SIMD (fused multiply-add). */
export function hasRelaxedSimd(): boolean {
  return validates(RELAXED_PROBE);
}

/**
 * The build to use: "auto" takes relaxed where the runtime has it, unless `init` was given the plain one alone.
 * @throws UnsupportedRuntimeError where SIMD, or the relaxed SIMD that was asked for, is missing.
 */
export function chooseBuild(asked: Build | "auto", dtype: Dtype): Build {
  requireSimd("createEngine");
  if (asked === "auto") {
    const onlyPlain = wasGiven(`${dtype}-plain`) && !wasGiven(`${dtype}-relaxed`);
    return hasRelaxedSimd() && !onlyPlain ? "relaxed" : "plain";
  }
  if (asked === "plain") return asked;
  if (!hasRelaxedSimd()) {
    throw new UnsupportedRuntimeError(
      'createEngine: build "relaxed" was asked for, and this runtime has no relaxed SIMD (Node ≥ 22 has it); use "auto"',
    );
  }
  return asked;
}

/**
 * The build to use, as `chooseBuild`, of those that there are for this host.
 * @throws UnsupportedRuntimeError
 */
export async function availableBuild(asked: Build | "auto", dtype: Dtype): Promise<Build> {
  const build = chooseBuild(asked, dtype);
  const name: BinaryName = `${dtype}-${build}`;
  if (build === "plain" || wasGiven(name) || (await isCarried(name))) return build;
  if (asked === "auto") return "plain";
  throw new UnsupportedRuntimeError(
    'createEngine: build "relaxed" was asked for, and the package has none for this host; use "auto"',
  );
}

/**
 * Kernels over `memory`.
 * @throws ContentSecurityPolicyError from a page's policy, which WebKit asks only now
 */
export async function loadKernels(name: BinaryName, memory: Memory): Promise<Kernels> {
  const module = await compileKernels(name, memory.shared);
  const imports = { env: { memory: memory.wasm as WebAssembly.Memory } };
  const instance = await WebAssembly.instantiate(module, imports).catch((error: Error) => {
    throw error.name === "CompileError" ? refusal("createEngine", error, error) : error;
  });
  return instance.exports as unknown as Kernels;
}
