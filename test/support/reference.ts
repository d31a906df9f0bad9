// The reference tensors of test/reference, read without the package's own safetensors reader.

import { readFileSync } from "node:fs";

export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Every tensor of test/reference/<name>.safetensors, converted to f64. */
export function referenceTensors(name: string): Map<string, ReferenceTensor> {
  const file = readFileSync(new URL(`../reference/${name}.safetensors`, import.meta.url));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, start)) as Record<string, unknown>;
  const tensors = new Map<string, ReferenceTensor>();
  for (const [key, value] of Object.entries(header)) {
    if (key === "__metadata__") continue;
    const { dtype, shape, data_offsets } = value as { dtype: string; shape: number[]; data_offsets: [number, number] };
    const bytes = Uint8Array.from(file.subarray(start + data_offsets[0], start + data_offsets[1])).buffer;
    tensors.set(key, { shape, values: Float64Array.from(elements(dtype, bytes)) });
  }
  return tensors;
}

function elements(dtype: string, bytes: ArrayBuffer): ArrayLike<number> {
  if (dtype === "F64") return new Float64Array(bytes);
  if (dtype === "F32") return new Float32Array(bytes);
  if (dtype === "I32") return new Int32Array(bytes);
  if (dtype === "I64") return Array.from(new BigInt64Array(bytes), Number);
  if (dtype === "U8") return new Uint8Array(bytes);
  throw new Error(`referenceTensors: dtype ${dtype}`);
}
