// safetensors: an 8-byte little-endian header length, a JSON header, then the tensors' bytes.
// Source: github.com/huggingface/safetensors, README "Format" and safetensors/src/tensor.rs.
//
// The header maps each name to {dtype, shape, data_offsets: [begin, end)} counted from the end of the header, and
// "__metadata__" to a map of strings. Spans must tile the data part: no overlap, no gap, nothing left over.

import { ValueError } from "../errors.ts";
import {
  bytesOf,
  checkTensorData,
  countElements,
  decodeBytes,
  itemSize,
  type StoredDtype,
  type TensorData,
} from "../tensor-data.ts";
import { parseJson } from "./json.ts";
import { quote, type Refuse, refuser } from "./refuse.ts";

/** The reference implementation's limit on the header, in bytes. */
const MAX_HEADER = 100_000_000;
/** A header is three deep; a little more is refused by name. */
const HEADER_DEPTH = 16;
const METADATA = "__metadata__";

const DTYPES: ReadonlyMap<string, StoredDtype> = new Map(
  (["f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u64", "u32", "u16", "u8", "bool"] as const).map(
    (dtype) => [dtype.toUpperCase(), dtype],
  ),
);

interface Span {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A safetensors file's content; the tensors come in the order of the header. */
export interface Safetensors {
  readonly tensors: Map<string, TensorData>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a safetensors file. The tensors are copies: `bytes` can be let go.
 * @param where names the file in messages
 * @throws FormatError where the bytes are not what the format demands
 */
export function readSafetensors(bytes: Uint8Array, where = "safetensors"): Safetensors {
  const refuse: Refuse = refuser(where);
  if (bytes.length < 8) refuse(`expected an 8-byte header length, got ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER) refuse(`header length ${length} exceeds the limit of ${MAX_HEADER} bytes`);
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) {
    refuse(`header of ${length} bytes expected, but the file has only ${bytes.length - 8} after the length`);
  }
  const data = bytes.subarray(dataStart);
  const spans: Span[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(parseHeader(bytes.subarray(8, dataStart), refuse))) {
    if (name === METADATA) metadata = checkMetadata(entry, refuse);
    else spans.push(checkSpan(name, entry, refuse));
  }
  let end = 0;
  for (const span of [...spans].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (span.begin !== end) {
      const fault = span.begin < end ? "overlap the tensor before them" : "leave a gap";
      refuse(`offsets [${span.begin}, ${span.end}) of ${quote(span.name)} ${fault}: expected to begin at ${end}`);
    }
    end = span.end;
  }
  if (end !== data.length) refuse(`the tensors end at byte ${end} of the data, but the file holds ${data.length}`);
  const tensors = new Map<string, TensorData>();
  for (const { name, dtype, shape, begin, end } of spans) {
    tensors.set(name, { shape, dtype, data: decodeBytes(data.subarray(begin, end), dtype) });
  }
  return { tensors, metadata };
}

/**
 * Writes a safetensors file. The header lists the tensors in the order given; their bytes follow by descending element
 * size (as the reference writer does), so that each tensor is aligned to its elements.
 * @throws ValueError, ShapeError for a tensor that the format cannot hold
 */
export function writeSafetensors(
  tensors: Iterable<readonly [string, TensorData]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = [...tensors];
  const names = new Set<string>();
  for (const [name, tensor] of entries) {
    const where = `writeSafetensors: tensor ${quote(name)}`;
    if (name === METADATA || names.has(name)) throw new ValueError(`${where}: the name is taken`);
    names.add(name);
    checkTensorData(tensor, where);
    if (!DTYPES.has(tensor.dtype.toUpperCase())) throw new ValueError(`${where}: safetensors has no ${tensor.dtype}`);
  }
  if ([...names, ...Object.entries(metadata).flat()].some((text) => /\p{Surrogate}/u.test(text))) {
    throw new ValueError("writeSafetensors: expected well-formed Unicode, got half a surrogate pair");
  }

  const offsets = new Map<string, number>();
  let dataLength = 0;
  for (const [name, { data }] of [...entries].sort(([, a], [, b]) => itemSize(b.dtype) - itemSize(a.dtype))) {
    offsets.set(name, dataLength);
    dataLength += data.byteLength;
  }
  const fields = entries.map(([name, { dtype, shape, data }]) => {
    const begin = offsets.get(name)!;
    const info = { dtype: dtype.toUpperCase(), shape, data_offsets: [begin, begin + data.byteLength] };
    return `${JSON.stringify(name)}:${JSON.stringify(info)}`;
  });
  if (Object.keys(metadata).length) fields.unshift(`"${METADATA}":${JSON.stringify(metadata)}`);
  const json = `{${fields.join(",")}}`;
  const header = new TextEncoder().encode(json);
  const headerLength = Math.ceil(header.length / 8) * 8;
  if (headerLength > MAX_HEADER) throw new ValueError(`writeSafetensors: header exceeds ${MAX_HEADER} bytes`);

  const file = new Uint8Array(8 + headerLength + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(header, 8);
  file.fill(0x20, 8 + header.length, 8 + headerLength);
  for (const [name, tensor] of entries) file.set(bytesOf(tensor), 8 + headerLength + offsets.get(name)!);
  return file;
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): object {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    refuse(`the header is not JSON in UTF-8 (${(error as Error).message})`);
  }
  const header = parseJson(text, { depth: HEADER_DEPTH }, (message) => refuse(`the header: ${message}`));
  if (text[0] !== "{" || !isObject(header)) refuse(`expected a JSON object as header, got ${quote(text)}`);
  const twice = duplicateKey(text);
  if (twice !== undefined) refuse(`the header has the name ${quote(twice)} twice`);
  return header;
}

function checkMetadata(entry: unknown, refuse: Refuse): Record<string, string> {
  if (!isObject(entry)) refuse(`expected ${METADATA} to be an object, got ${quote(entry)}`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") refuse(`expected metadata ${quote(key)} to be a string, got ${quote(value)}`);
  }
  return entry as Record<string, string>;
}

function checkSpan(name: string, entry: unknown, refuse: Refuse): Span {
  const at = `tensor ${quote(name)}`;
  if (!isObject(entry)) refuse(`${at}: expected an object, got ${quote(entry)}`);
  const field = (key: string): unknown =>
    Object.hasOwn(entry, key) ? (entry as Record<string, unknown>)[key] : undefined;
  const dtypeName = field("dtype");
  const dtype = typeof dtypeName === "string" ? DTYPES.get(dtypeName) : undefined;
  if (!dtype) refuse(`${at}: expected dtype one of ${[...DTYPES.keys()].join(" ")}, got ${quote(dtypeName)}`);
  const shape = field("shape");
  const count = isNumbers(shape) ? countElements(shape) : undefined;
  if (!isNumbers(shape) || count === undefined) {
    refuse(`${at}: expected a shape of at most 64 sizes whose product is below 2^53, got ${quote(shape)}`);
  }
  const offsets = field("data_offsets");
  if (!isNumbers(offsets) || offsets.length !== 2 || !offsets.every((offset) => Number.isSafeInteger(offset))) {
    refuse(`${at}: expected data_offsets [begin, end], got ${quote(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin < 0 || end - begin !== count * itemSize(dtype)) {
    refuse(
      `${at}: shape [${shape}] of ${dtypeName} takes ${count * itemSize(dtype)} bytes, got data_offsets [${offsets}]`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The first key that some object in this (valid) JSON text has twice: JSON.parse keeps the last one silently. */
function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{") open.push(new Set());
    else if (char === "}") open.pop();
    else if (char === '"') {
      const start = at++;
      for (; text[at] !== '"'; at++) if (text[at] === "\\") at++;
      let next = at + 1;
      while (/\s/.test(text[next] ?? "")) next++;
      if (text[next] !== ":") continue;
      const key = JSON.parse(text.slice(start, at + 1)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}
