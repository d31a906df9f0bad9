// The one instance of special.wasm. It is made by the first function that is called, or by `init`, and a new one takes
// its place when its memory could not grow: in the midst of a call it was stopped, and what it held is lost.

import carried from "#wasm/special";
import { MemoryExhaustedError } from "../errors.ts";
import { type KernelSource, readSource } from "../wasm/init.ts";
import { requireSimd } from "../wasm/load.ts";
import { copyBytes, EMPTY_MODULE, identify, isModule, refusal } from "../wasm/module.ts";
import { bind } from "./as-bind.ts";
import type { SpecialKernels } from "./kernels.ts";

/** A binary that is known to be ours. */
interface Binary {
  readonly module: WebAssembly.Module;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

let binary: Binary | undefined;
let current: SpecialKernels | undefined;

/**
 * Compiles the module ahead of the first call, or takes it from elsewhere than the package. Nobody has to call it, and
 * nobody has to keep count of calls: where there is a module already, nothing is done.
 * @param source the package's file `wasm/special.wasm`: its URL, the answer of a `fetch`, bytes or a compiled module
 * @throws FormatError if the source is no such file of this version; DownloadError if it cannot be fetched; ValueError
 *   if it is no source; ContentSecurityPolicyError, UnsupportedRuntimeError
 */
export async function init(source?: KernelSource | PromiseLike<KernelSource>): Promise<void> {
  const from = await source;
  if (binary === undefined && from !== undefined) {
    const given = await readSource(from);
    const identified = identifiedBinary(given.binary, given.where);
    binary ??= identified;
  }
  kernels();
}

/**
 * What `work` makes of the kernels. The arrays that they return are valid in it alone.
 * @param where names the caller in messages
 * @param bytes how many the result will take
 * @throws MemoryExhaustedError if there is too little memory; ContentSecurityPolicyError, UnsupportedRuntimeError
 */
export function compute<Result>(where: string, bytes: number, work: (kernels: SpecialKernels) => Result): Result {
  try {
    return work(kernels());
  } catch (error) {
    // A memory that cannot grow stops the module; an array that is too large for the host is a RangeError.
    const { name, message } = error as Error;
    if (name !== "RuntimeError" && name !== "RangeError") throw error;
    const limit = current?.memory.buffer.byteLength ?? 0;
    current = undefined;
    throw new MemoryExhaustedError(
      `${where}: this host has too little memory for a result of ${bytes} bytes (${message})`,
      bytes,
      limit,
    );
  }
}

function kernels(): SpecialKernels {
  binary ??= carriedBinary();
  current ??= instantiate(binary);
  return current;
}

function instantiate({ module, bytes }: Binary): SpecialKernels {
  try {
    return bind(module, bytes);
  } catch (error) {
    // WebKit asks a page's policy only now.
    throw (error as Error).name === "CompileError" ? refusal("spherical-cnn/special", error, error) : error;
  }
}

/** Bytes as text, or a compiled module where the host compiles nothing from bytes (conditions of `#wasm/*`). */
function carriedBinary(): Binary {
  const packed: unknown = carried;
  const source = isModule(packed) ? packed : Uint8Array.from(atob(carried), (character) => character.charCodeAt(0));
  return identifiedBinary(source, "#wasm/special");
}

function identifiedBinary(source: BufferSource | WebAssembly.Module, where: string): Binary {
  requireSimd("spherical-cnn/special");
  const found = isModule(source) ? { module: source } : compile(copyBytes(source), where);
  identify(found.module, ["special"], where);
  return found;
}

/** The binary is small: no host minds that it is compiled at once. */
function compile(bytes: Uint8Array<ArrayBuffer>, where: string): Binary {
  const module = attempt(bytes);
  if (isModule(module)) return { module, bytes };
  const host = attempt(EMPTY_MODULE);
  throw refusal(where, module, isModule(host) ? null : host);
}

/** A module, or the error. */
function attempt(bytes: Uint8Array<ArrayBuffer>): unknown {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    return error;
  }
}
