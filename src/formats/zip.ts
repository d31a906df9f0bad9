// ZIP archives of stored (uncompressed) entries, as PyTorch writes them: the central directory at the end is the truth,
// local headers only tell where the data begin (their sizes may be zero, bit 3 of the flags).
// Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14-16 (its end, ZIP64),
// 4.5.3 (ZIP64 sizes of an entry).

import { quote, type Refuse, refuser } from "./refuse.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;

/** What 16- and 32-bit fields hold when the number stands in a ZIP64 record. */
const SEE64_SHORT = 0xffff;
const SEE64 = 0xffffffff;

interface Entry {
  readonly name: string;
  readonly crc: number;
  readonly size: number;
  readonly header: number;
}

/**
 * The entries of a ZIP archive by name, as views into `bytes`. Checksums are verified, entries may not overlap.
 * @throws FormatError where the archive is damaged, compressed, encrypted or split
 */
export function readZip(bytes: Uint8Array, where: string): Map<string, Uint8Array> {
  const refuse: Refuse = refuser(where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (start: number, length: number, what: string): void => {
    if (!(start + length <= bytes.length)) {
      refuse(`${what} at byte ${start} needs ${length} bytes, but the file has ${bytes.length}`);
    }
  };
  const long = (at: number): number => Number(view.getBigUint64(at, true));

  const directory = findDirectory(view, need, long, refuse);
  const entries: Entry[] = [];
  let at = directory.start;
  for (let i = 0; i < directory.count; i++) {
    need(at, 46, "a ZIP directory entry");
    if (view.getUint32(at, true) !== CENTRAL) refuse(`expected a ZIP directory entry at byte ${at}`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((k) => view.getUint16(at + k, true)) as [
      number,
      number,
      number,
    ];
    const next = at + 46 + nameLength + extraLength + commentLength;
    need(at, next - at, "a ZIP directory entry");
    const name = latin1(bytes.subarray(at + 46, at + 46 + nameLength));
    if (view.getUint16(at + 8, true) & 1) refuse(`entry ${quote(name)} is encrypted`);
    const method = view.getUint16(at + 10, true);
    if (method !== 0) {
      refuse(`entry ${quote(name)} is compressed (method ${method}), expected stored as PyTorch writes: save it again`);
    }
    // The ZIP64 field lists, in this order, only those numbers whose short form is saturated.
    let wide = findExtra(view, at + 46 + nameLength, extraLength, 1);
    const number = (k: number): number => {
      const short = view.getUint32(at + k, true);
      if (short !== SEE64) return short;
      if (!wide || wide.length < 8) refuse(`entry ${quote(name)} lacks its ZIP64 sizes`);
      wide = { start: wide.start + 8, length: wide.length - 8 };
      return long(wide.start - 8);
    };
    const [size, stored, header] = [number(24), number(20), number(42)];
    if (size !== stored) refuse(`entry ${quote(name)} is stored, yet ${size} bytes long in ${stored}`);
    entries.push({ name, crc: view.getUint32(at + 16, true), size, header });
    at = next;
  }
  if (at !== directory.end) refuse(`the ZIP directory ends at byte ${at}, expected ${directory.end}`);

  const files = new Map<string, Uint8Array>();
  let free = 0;
  for (const { name, crc, size, header } of entries.sort((a, b) => a.header - b.header)) {
    if (header < free) refuse(`entry ${quote(name)} overlaps the one before it`);
    need(header, 30, "a ZIP entry");
    if (view.getUint32(header, true) !== LOCAL) refuse(`expected ZIP entry ${quote(name)} at byte ${header}`);
    const nameEnd = header + 30 + view.getUint16(header + 26, true);
    const start = nameEnd + view.getUint16(header + 28, true);
    need(start, size, `entry ${quote(name)}`);
    free = start + size;
    if (free > directory.start) refuse(`entry ${quote(name)} reaches into the ZIP directory`);
    if (latin1(bytes.subarray(header + 30, nameEnd)) !== name)
      refuse(`entry ${quote(name)} has another name in its header`);
    if (files.has(name)) refuse(`entry ${quote(name)} is there twice`);
    const data = bytes.subarray(start, free);
    if (crc32(data) !== crc) {
      refuse(`the checksum of entry ${quote(name)} is ${crc32(data)}, expected ${crc}: the file is damaged`);
    }
    files.set(name, data);
  }
  return files;
}

interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

function findDirectory(
  view: DataView,
  need: (start: number, length: number, what: string) => void,
  long: (at: number) => number,
  refuse: Refuse,
): Directory {
  let at = view.byteLength - 22;
  const isEnd = () => view.getUint32(at, true) === END && view.getUint16(at + 20, true) === view.byteLength - 22 - at;
  const lowest = Math.max(0, at - 0xffff);
  while (at >= lowest && !isEnd()) at--;
  if (at < lowest) refuse("expected the end of a ZIP directory: the file is cut or no ZIP archive");
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  if (count === SEE64_SHORT || size === SEE64 || start === SEE64) {
    if (at < 20 || view.getUint32(at - 20, true) !== LOCATOR64) refuse("expected the locator of a ZIP64 directory");
    at = long(at - 20 + 8);
    need(at, 56, "the ZIP64 end of directory");
    if (view.getUint32(at, true) !== END64) refuse(`expected the ZIP64 end of directory at byte ${at}`);
    [count, size, start] = [long(at + 32), long(at + 40), long(at + 48)];
  }
  if (!(start + size <= at)) refuse(`the ZIP directory at byte ${start} with ${size} bytes reaches past byte ${at}`);
  return { start, end: start + size, count };
}

/** The extra field of this kind, or undefined. */
function findExtra(view: DataView, start: number, length: number, kind: number) {
  for (let at = start; at + 4 <= start + length; ) {
    const size = view.getUint16(at + 2, true);
    if (at + 4 + size > start + length) return undefined;
    if (view.getUint16(at, true) === kind) return { start: at + 4, length: size };
    at += 4 + size;
  }
  return undefined;
}

/** Names byte for byte: we compare them, and those that we look for are ASCII. */
function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** Remainders of the bytes for the polynomial of ISO 3309 (APPNOTE 4.4.7), reflected. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/** CRC-32 as ZIP and gzip use it. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
