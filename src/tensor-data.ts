// The one form in which arrays travel outside an engine: shape, dtype and a typed array in row-major order.
//
// f16 and bf16 keep their bits (Uint16Array), bool is one byte an element (0 is false), complex numbers are interleaved
// (re, im) pairs and 64-bit integers are bigints; `toFloat32` and `toFloat64` turn all of them into plain numbers.
// Typed arrays have the byte order of the machine; every machine that JavaScript engines run on today is little-endian.

import { ShapeError, ValueError } from "./errors.ts";

/** The arrays that hold the numbers of a `TensorData`. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** The typed array that holds each dtype. */
const ARRAY_OF = {
  f64: Float64Array,
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i64: BigInt64Array,
  i32: Int32Array,
  i16: Int16Array,
  i8: Int8Array,
  u64: BigUint64Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
  bool: Uint8Array,
  c64: Float32Array,
  c128: Float64Array,
} as const;

/** What an element is: c64 is two f32, c128 two f64. */
export type StoredDtype = keyof typeof ARRAY_OF;

/** An array as it stands in a file, copied out of it: `data` never aliases the bytes that were read. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly dtype: StoredDtype;
  /** Row-major; `shape` says how many elements, of which complex ones take two entries. */
  readonly data: TypedArray;
}

/** More axes than NumPy (64) or any network has. */
export const MAX_RANK = 64;

/** Entries of the typed array per element: 2 for complex numbers. */
export function entriesPerElement(dtype: StoredDtype): 1 | 2 {
  return dtype === "c64" || dtype === "c128" ? 2 : 1;
}

/** Bytes per element. */
export function itemSize(dtype: StoredDtype): number {
  return ARRAY_OF[dtype].BYTES_PER_ELEMENT * entriesPerElement(dtype);
}

/**
 * The number of elements of `shape`, or undefined where it is no shape: a size that is negative or not an integer, more
 * than {@link MAX_RANK} axes, a product beyond 2⁵³ (also of the sizes before a zero, as in safetensors).
 */
export function countElements(shape: readonly number[]): number | undefined {
  if (shape.length > MAX_RANK) return undefined;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** Copies a span of bytes (whole elements) into a typed array of `dtype`, swapping the bytes where they are big-endian. */
export function decodeBytes(bytes: Uint8Array, dtype: StoredDtype, bigEndian = false): TypedArray {
  const copy = new Uint8Array(bytes);
  const Type = ARRAY_OF[dtype];
  if (bigEndian) {
    const size = Type.BYTES_PER_ELEMENT;
    for (let start = 0; start < copy.length; start += size) copy.subarray(start, start + size).reverse();
  }
  return new Type(copy.buffer);
}

/** The little-endian bytes of a tensor, without a copy. */
export function bytesOf(tensor: TensorData): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/**
 * Checks a tensor that is about to be written: its data are of its dtype's kind and as many as its shape says.
 * @throws ShapeError, ValueError naming `where`
 */
export function checkTensorData(tensor: TensorData, where: string): void {
  const { shape, dtype, data } = tensor;
  if (!Object.hasOwn(ARRAY_OF, dtype)) throw new ValueError(`${where}: unknown dtype ${JSON.stringify(dtype)}`);
  const Type = ARRAY_OF[dtype];
  if (!(data instanceof Type)) {
    throw new ValueError(`${where}: dtype ${dtype} needs a ${Type.name}, got a ${(data as object)?.constructor?.name}`);
  }
  const count = countElements(shape);
  const entries = (count ?? Number.NaN) * entriesPerElement(dtype);
  if (data.length !== entries) {
    throw new ShapeError(`${where}: shape [${shape}] of ${dtype} needs ${entries} entries, got ${data.length}`);
  }
}

/**
 * Row-major copy of a strided view: element (i₀, i₁, …) is `source[offset + Σ iₖ·stridesₖ]`. The caller has checked that
 * the view lies inside `source`.
 */
export function gatherStrided<T extends TypedArray>(
  source: T,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): T {
  const count = countElements(shape)!;
  const result = new (source.constructor as new (length: number) => T)(count);
  const inner = shape.at(-1) ?? 1;
  const innerStride = strides.at(-1) ?? 0;
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < count; ) {
    for (let k = 0; k < inner; k++) result[to++] = source[from + k * innerStride]!;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** The number that 16 bits of IEEE 754 binary16 stand for. */
function decodeF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The entries as numbers, exact but for 64-bit integers beyond 2⁵³. */
function numbers({ dtype, data }: TensorData): Exclude<TypedArray, BigInt64Array | BigUint64Array> {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const result = new Float64Array(data.length);
    for (let i = 0; i < result.length; i++) result[i] = Number(data[i]);
    return result;
  }
  if (dtype === "f16") return Float32Array.from(data, decodeF16);
  if (dtype === "bf16") return new Float32Array(Uint32Array.from(data, (bits) => bits << 16).buffer);
  if (dtype === "bool") return Uint8Array.from(data, (byte) => (byte ? 1 : 0));
  return data;
}

/** A copy of the entries as f64; complex numbers stay interleaved (re, im), true is 1. */
export function toFloat64(tensor: TensorData): Float64Array {
  return new Float64Array(numbers(tensor));
}

/** A copy of the entries rounded to f32; complex numbers stay interleaved (re, im), true is 1. */
export function toFloat32(tensor: TensorData): Float32Array {
  return new Float32Array(numbers(tensor));
}
