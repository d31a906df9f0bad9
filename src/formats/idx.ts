// IDX, the format of the MNIST files: two zero bytes, the element type, the number of axes, their sizes as big-endian
// u32, the elements in row-major order, big-endian.
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", file formats.

import { countElements, decodeBytes, itemSize, type StoredDtype, type TensorData } from "../tensor-data.ts";
import { quote, type Refuse, refuser } from "./refuse.ts";

const DTYPES: ReadonlyMap<number, StoredDtype> = new Map([
  [0x08, "u8"],
  [0x09, "i8"],
  [0x0b, "i16"],
  [0x0c, "i32"],
  [0x0d, "f32"],
  [0x0e, "f64"],
]);

/**
 * Reads an IDX file (unpacked: see {@link gunzip}).
 * @param where names the file in messages
 * @throws FormatError where the bytes are not what the format demands
 */
export function readIdx(bytes: Uint8Array, where = "IDX"): TensorData {
  const refuse: Refuse = refuser(where);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) refuse("expected an IDX file, got gzip: unpack it first");
  if (bytes.length < 4) refuse(`expected an IDX file, got ${bytes.length} bytes`);
  const [zero0, zero1, type, rank] = bytes as unknown as [number, number, number, number];
  const dtype = DTYPES.get(type);
  if (zero0 || zero1 || !dtype) {
    const types = [...DTYPES.keys()].map((known) => known.toString(16).padStart(2, "0")).join(" ");
    const got = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    refuse(`expected an IDX file: 00 00, a type of ${types}, the number of axes; got ${got}`);
  }
  const dataStart = 4 + 4 * rank;
  if (bytes.length < dataStart) refuse(`${rank} sizes expected, but the file ends after ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, dataStart);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = countElements(shape);
  if (count === undefined) {
    refuse(`expected a shape of at most 64 sizes whose product is below 2^53, got ${quote(shape)}`);
  }
  const data = bytes.subarray(dataStart);
  if (data.length !== count * itemSize(dtype)) {
    refuse(`shape [${shape}] of ${dtype} takes ${count * itemSize(dtype)} bytes, but the file holds ${data.length}`);
  }
  return { shape, dtype, data: decodeBytes(data, dtype, true) };
}
