// The kernel binaries: four of one source, f32 or f64, plain or relaxed SIMD, each carried by a module of its own that is
// loaded only when it is needed, or given by the caller (`init`). No other one, nor another version's, gets as far as an engine.
//
// What `#wasm/*` is, package.json decides by the host's conditions: packed bytes as text, or a compiled module where the host
// compiles nothing from bytes (workerd, Vercel's edge).

import { UnsupportedRuntimeError } from "../errors.ts";
import { copyBytes, EMPTY_MODULE, identify, isModule, refusal } from "./module.ts";
import { withSharedMemory } from "./shared-memory.ts";

/** The numbers of an engine: 32 or 64 bits. */
export type Dtype = "f32" | "f64";
/** SIMD as every runtime has it, or with fused multiply-add where the machine can. */
export type Build = "plain" | "relaxed";
export type BinaryName = `${Dtype}-${Build}`;

const NAMES: readonly BinaryName[] = ["f32-plain", "f32-relaxed", "f64-plain", "f64-relaxed"];

/** A binary, compiled, and its bytes where we had them. */
interface Binary {
  readonly name: BinaryName;
  readonly module: WebAssembly.Module;
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

/** Compiled or on their way. A binary that was given comes before the one that the package carries. */
const binaries = new Map<BinaryName, Promise<Binary>>();
const sharing = new Map<BinaryName, Promise<WebAssembly.Module>>();
const given = new Set<BinaryName>();

/** Whether `init` was given this binary. */
export function wasGiven(name: BinaryName): boolean {
  return given.has(name);
}

/**
 * Makes a binary known that is not to come from the package, given as bytes or as a compiled module. One that is known
 * already stays: they are the same.
 * @param where names it in messages
 * @throws FormatError if it is none of this version's; ContentSecurityPolicyError
 */
export async function give(source: BufferSource | WebAssembly.Module, where: string): Promise<void> {
  const binary = isModule(source) ? identified(source, null, where) : await compileBytes(copyBytes(source), where);
  given.add(binary.name);
  if (!binaries.has(binary.name)) binaries.set(binary.name, Promise.resolve(binary));
}

/** The module of a binary, for a memory that threads share or for one that they do not; compiled once per process. */
export async function compileKernels(name: BinaryName, shared: boolean): Promise<WebAssembly.Module> {
  if (!shared) return (await once(binaries, name, () => load(name))).module;
  return once(sharing, name, async () => {
    const known = await once(binaries, name, () => load(name));
    const { bytes } = known.bytes === null ? await load(name) : known;
    if (bytes !== null) return compile(withSharedMemory(bytes), name);
    throw new UnsupportedRuntimeError(
      "createEngine: threads share a memory, for which the kernels are compiled from bytes, and this host does not compile " +
        "WebAssembly from bytes; leave out the option threads",
    );
  });
}

/** What a key leads to, made at the first call; a failure is not kept. */
function once<K, T>(known: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before) return before;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}

/** The binary that the package carries. */
async function load(name: BinaryName): Promise<Binary> {
  const carried = await carriedBy(name);
  const where = `#wasm/${name}`;
  return isModule(carried) ? identified(carried, null, where) : compileBytes(await unpack(carried), where);
}

/** Whether the package has a binary for this host: Next's edge gets no relaxed ones (build/pack.mjs). */
export async function isCarried(name: BinaryName): Promise<boolean> {
  return (await carriedBy(name)) !== null;
}

/** gzip in base64, or a compiled module. The imports are written out, so that a bundler finds them. */
async function carriedBy(name: BinaryName): Promise<string | WebAssembly.Module> {
  switch (name) {
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

/** Nothing is fetched for it, a `data:` URL neither, which a Content-Security-Policy could forbid. */
async function unpack(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof DecompressionStream !== "function") {
    throw new UnsupportedRuntimeError(
      "createEngine: this runtime has no DecompressionStream, with which the kernels are unpacked; every runtime with " +
        "WebAssembly SIMD has one in its current version, and init(source) needs none",
    );
  }
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function compileBytes(bytes: Uint8Array<ArrayBuffer>, where: string): Promise<Binary> {
  return identified(await compile(bytes, where), bytes, where);
}

async function compile(bytes: Uint8Array<ArrayBuffer>, where: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    const host = await WebAssembly.compile(EMPTY_MODULE).then(
      () => null,
      (reason) => reason,
    );
    throw refusal(where, error, host);
  }
}

/** @throws FormatError if the module does not say that it is one of this version's kernels */
function identified(module: WebAssembly.Module, bytes: Uint8Array<ArrayBuffer> | null, where: string): Binary {
  return { name: identify(module, NAMES, where), module, bytes };
}
