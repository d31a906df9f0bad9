// Instances of the compiled kernels for tests of assembly/, all four binaries, each over a memory of its own.

import { readFileSync } from "node:fs";

export type Dtype = "f32" | "f64";
export type Build = "plain" | "relaxed";

/** Kernels, their memory, and a bump allocator that is thrown away with them. */
export interface KernelBench {
  readonly name: string;
  readonly dtype: Dtype;
  readonly build: Build;
  /** Numbers per vector. */
  readonly lanes: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test calls any export by name
  readonly k: Record<string, (...args: number[]) => any>;
  /** Bytes, 64-aligned, zeroed. */
  alloc(bytes: number): number;
  /** `count` numbers of the dtype at a fresh pointer, filled from `values`. */
  put(values: ArrayLike<number>): number;
  putF64(values: ArrayLike<number>): number;
  putI32(values: ArrayLike<number>): number;
  /** A copy of `count` numbers of the dtype. */
  get(pointer: number, count: number): Float32Array | Float64Array;
  getF64(pointer: number, count: number): Float64Array;
  /** The numbers themselves. */
  view(pointer: number, count: number): Float32Array | Float64Array;
  /** Forget all allocations. */
  reset(): void;
}

export const BUILDS: readonly { dtype: Dtype; build: Build }[] = [
  { dtype: "f32", build: "plain" },
  { dtype: "f32", build: "relaxed" },
  { dtype: "f64", build: "plain" },
  { dtype: "f64", build: "relaxed" },
];

/** `folder`: where compile.mjs wrote the binaries. */
export function kernelBench(dtype: Dtype, build: Build, megabytes = 64, folder = "build/wasm"): KernelBench {
  const memory = new WebAssembly.Memory({ initial: megabytes * 16 });
  const module = new WebAssembly.Module(readFileSync(`${folder}/${dtype}-${build}.wasm`));
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const Real = dtype === "f32" ? Float32Array : Float64Array;
  let top = 64;
  const alloc = (bytes: number) => {
    const pointer = top;
    top = (top + bytes + 63) & ~63;
    if (top > memory.buffer.byteLength) throw new Error(`kernelBench: ${megabytes} MB are too few`);
    new Uint8Array(memory.buffer, pointer, bytes).fill(0);
    return pointer;
  };
  return {
    name: `${dtype} ${build}`,
    dtype,
    build,
    lanes: dtype === "f32" ? 4 : 2,
    k: exports as KernelBench["k"],
    alloc,
    put(values) {
      const pointer = alloc(values.length * Real.BYTES_PER_ELEMENT);
      new Real(memory.buffer, pointer, values.length).set(values);
      return pointer;
    },
    putF64(values) {
      const pointer = alloc(values.length * 8);
      new Float64Array(memory.buffer, pointer, values.length).set(values);
      return pointer;
    },
    putI32(values) {
      const pointer = alloc(values.length * 4);
      new Int32Array(memory.buffer, pointer, values.length).set(values);
      return pointer;
    },
    get: (pointer, count) => new Real(memory.buffer, pointer, count).slice(),
    view: (pointer, count) => new Real(memory.buffer, pointer, count),
    getF64: (pointer, count) => new Float64Array(memory.buffer, pointer, count).slice(),
    reset() {
      top = 64;
    },
  };
}
