// .npy, NumPy's file of one array: "\x93NUMPY", a version, a header length, a Python dict literal, the elements.
// Source: numpy.lib.format, "Format Version 1.0", 2.0 (4-byte length) and 3.0 (UTF-8).
//
// Arrays are always returned in C order and the machine's byte order, whatever the file has.

import { ValueError } from "../errors.ts";
import {
  bytesOf,
  checkTensorData,
  countElements,
  decodeBytes,
  entriesPerElement,
  gatherStrided,
  itemSize,
  type StoredDtype,
  type TensorData,
} from "../tensor-data.ts";
import { quote, type Refuse, refuser } from "./refuse.ts";

/** More than the header of any array of numbers takes, in bytes. */
const MAX_HEADER = 65_535;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NumPy's kind and size of each dtype, without the byte order. */
const DTYPES: ReadonlyMap<string, StoredDtype> = new Map([
  ["b1", "bool"],
  ["i1", "i8"],
  ["i2", "i16"],
  ["i4", "i32"],
  ["i8", "i64"],
  ["u1", "u8"],
  ["u2", "u16"],
  ["u4", "u32"],
  ["u8", "u64"],
  ["f2", "f16"],
  ["f4", "f32"],
  ["f8", "f64"],
  ["c8", "c64"],
  ["c16", "c128"],
]);

/**
 * Reads a .npy file. The result is a copy of the data, in C order also where the file has Fortran order.
 * @param where names the file in messages
 * @throws FormatError where the bytes are not what the format demands
 */
export function readNpy(bytes: Uint8Array, where = ".npy"): TensorData {
  const refuse: Refuse = refuser(where);
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    refuse(`expected a .npy file (beginning with 93 4E 55 4D 50 59), got ${hex(bytes.subarray(0, 6))}`);
  }
  const major = bytes[6];
  if (major !== 1 && major !== 2 && major !== 3)
    refuse(`expected .npy version 1, 2 or 3, got ${major ?? "no version"}`);
  const headerStart = major === 1 ? 10 : 12;
  if (bytes.length < headerStart) refuse(`the file ends after ${bytes.length} bytes, before its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerStart);
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerLength > MAX_HEADER) refuse(`header length ${headerLength} exceeds the limit of ${MAX_HEADER} bytes`);
  const dataStart = headerStart + headerLength;
  if (dataStart > bytes.length) {
    refuse(
      `header of ${headerLength} bytes expected, but the file has only ${bytes.length - headerStart} after the length`,
    );
  }
  const { descr, fortranOrder, shape } = parseHeader(
    decodeText(bytes.subarray(headerStart, dataStart), major, refuse),
    refuse,
  );

  const dtype = DTYPES.get(descr.slice(1));
  const order = descr[0];
  if (!dtype || !(order === "<" || order === ">" || (order === "|" && itemSize(dtype) === 1))) {
    refuse(`expected descr < or > with one of ${[...DTYPES.keys()].join(" ")}, got ${quote(descr)}`);
  }
  const count = countElements(shape);
  if (count === undefined) {
    refuse(`expected a shape of at most 64 sizes whose product is below 2^53, got ${quote(shape)}`);
  }
  const data = bytes.subarray(dataStart);
  if (data.length !== count * itemSize(dtype)) {
    refuse(`shape [${shape}] of ${descr} takes ${count * itemSize(dtype)} bytes, but the file holds ${data.length}`);
  }
  const entries = decodeBytes(data, dtype, order === ">");
  return { shape, dtype, data: fortranOrder ? fromFortran(entries, shape, entriesPerElement(dtype)) : entries };
}

/**
 * Writes a .npy file, version 1.0, little-endian, C order.
 * @throws ValueError for bf16, which NumPy does not have, and for data of another kind than `dtype`
 * @throws ShapeError where `shape` and the length of `data` disagree
 */
export function writeNpy(tensor: TensorData): Uint8Array {
  checkTensorData(tensor, "writeNpy");
  const { shape, dtype } = tensor;
  const code = [...DTYPES].find(([, known]) => known === dtype)?.[0];
  if (!code) throw new ValueError(`writeNpy: NumPy has no dtype ${dtype}; convert to f32 first`);
  const descr = (itemSize(dtype) === 1 ? "|" : "<") + code;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const dataStart = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const header = new TextEncoder().encode(`${dict.padEnd(dataStart - 11)}\n`);

  const data = bytesOf(tensor);
  const file = new Uint8Array(dataStart + data.length);
  file.set([...MAGIC, 1, 0, header.length & 255, header.length >> 8]);
  file.set(header, 10);
  file.set(data, dataStart);
  return file;
}

/** C order from Fortran order; a complex number's two parts are one more, innermost axis. */
function fromFortran(entries: TensorData["data"], shape: readonly number[], parts: number): TensorData["data"] {
  const strides: number[] = [];
  let stride = parts;
  for (const size of shape) {
    strides.push(stride);
    stride *= size;
  }
  return parts === 1
    ? gatherStrided(entries, shape, strides)
    : gatherStrided(entries, [...shape, parts], [...strides, 1]);
}

/** Versions 1 and 2 are Latin-1, version 3 is UTF-8; what we accept of either is ASCII. */
function decodeText(bytes: Uint8Array, major: number, refuse: Refuse): string {
  try {
    return new TextDecoder(major === 3 ? "utf-8" : "latin1", { fatal: true }).decode(bytes);
  } catch {
    refuse("the header is not valid UTF-8");
  }
}

interface Header {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** Any Python token that the header may have: a string, a non-negative integer (Python 2 wrote 3L), a name or a mark. */
const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(\d+)L?|(True|False)|([{}()[\],:]))/y;

/** Parses the dict literal {'descr': …, 'fortran_order': …, 'shape': (…)}: each key once, in any order. */
function parseHeader(text: string, refuse: Refuse): Header {
  let position = 0;
  const shown = quote(text.trim());
  const next = (): string | number | boolean | { readonly mark: string } => {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (!match) refuse(`cannot read the header at ${quote(text.slice(position))}`);
    position = TOKEN.lastIndex;
    const [, single, double, integer, truth, mark] = match;
    if (mark !== undefined) return { mark };
    if (integer !== undefined) return Number(integer);
    return truth === undefined ? (single ?? double)! : truth === "True";
  };
  const isMark = (token: unknown, mark: string): boolean => (token as { mark?: string }).mark === mark;
  const expect = (token: unknown, mark: string): void => {
    if (!isMark(token, mark)) refuse(`expected ${mark} in the header before ${quote(text.slice(position))}`);
  };

  const shapeOf = (first: unknown): number[] => {
    expect(first, "(");
    const shape: number[] = [];
    for (let token = next(); !isMark(token, ")"); ) {
      if (typeof token !== "number") refuse(`expected the shape to hold sizes in ${shown}`);
      shape.push(token);
      token = next();
      if (isMark(token, ",")) token = next();
      else if (shape.length === 1) refuse(`expected the shape to be a tuple in ${shown}`);
      else expect(token, ")");
    }
    return shape;
  };

  const fields = new Map<string, string | boolean | number[]>();
  expect(next(), "{");
  for (let key = next(); !isMark(key, "}"); ) {
    if (typeof key !== "string" || fields.has(key)) refuse(`expected each key once in the header ${shown}`);
    expect(next(), ":");
    const value = next();
    if (key === "shape") fields.set(key, shapeOf(value));
    else if (key === "descr" && typeof value === "string") fields.set(key, value);
    else if (key === "descr") refuse(`expected an array of plain numbers, got the structured descr in ${shown}`);
    else if (key === "fortran_order" && typeof value === "boolean") fields.set(key, value);
    else refuse(`expected descr, fortran_order (True or False) and shape in the header, got key ${quote(key)}`);
    key = next();
    if (isMark(key, ",")) key = next();
    else expect(key, "}");
  }
  if (/\S/.test(text.slice(position))) refuse(`expected the header to end before ${quote(text.slice(position))}`);
  const [descr, fortranOrder, shape] = [fields.get("descr"), fields.get("fortran_order"), fields.get("shape")];
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    refuse(`expected the header to have descr, fortran_order and shape, got ${shown}`);
  }
  return { descr, fortranOrder, shape } as Header;
}

function hex(bytes: Uint8Array): string {
  return bytes.length ? Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ") : "an empty file";
}
