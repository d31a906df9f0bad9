// The functions of special.wasm (assembly/special.ts) as both bindings give them: arrays in, arrays out.

/** Arrays that come back are views of the module's memory, valid until the next call. */
export interface SpecialKernels {
  readonly memory: WebAssembly.Memory;
  wignerSmallD(l: number, beta: number): Float64Array;
  /** Real parts, then imaginary parts. */
  wignerD(l: number, alpha: number, beta: number, gamma: number): Float64Array;
  /** Real parts, then imaginary parts. */
  sphericalHarmonics(lmax: number, beta: Float64Array, alpha: Float64Array): Float64Array;
  legendre(l: number, m: number, x: Float64Array): Float64Array;
  quadratureWeights(bandwidth: number): Float64Array;
  /** `[2·l1+1][2·l2+1]`: m3 is m1 + m2. */
  clebschGordan(l1: number, l2: number, l3: number): Float64Array;
}

/** What an instance exports, its arrays being pointers to their headers. */
export interface RawExports {
  readonly memory: WebAssembly.Memory;
  allocate(count: number): number;
  __pin(pointer: number): number;
  __unpin(pointer: number): void;
}

/** AssemblyScript's Float64Array: a header of three u32; the second points to the numbers, the third counts bytes. */
export function viewArray({ memory }: RawExports, header: number): Float64Array {
  const [, start, bytes] = new Uint32Array(memory.buffer, header >>> 0, 3);
  return new Float64Array(memory.buffer, start, bytes! / Float64Array.BYTES_PER_ELEMENT);
}

/** The header of a new array with these numbers, which lives until a call collects it unless it is pinned. */
export function placeArray(exports: RawExports, values: Float64Array): number {
  const header = exports.allocate(values.length);
  viewArray(exports, header).set(values);
  return header;
}
