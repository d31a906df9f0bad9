// Small PyTorch files for the tests, put together from their parts: pickles by opcode, ZIP archives entry by entry.

import { crc32 } from "node:zlib";

/** A fragment of a pickle that pushes one value. */
export type Code = readonly number[];

const text = (value: string): Code => [...new TextEncoder().encode(value)];
const u16 = (value: number): Code => [value & 255, (value >>> 8) & 255];
const u32 = (value: number): Code => [...u16(value & 0xffff), ...u16(value >>> 16)];
const u64 = (value: number): Code => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];

export const none: Code = text("N");
export const truth = (value: boolean): Code => [value ? 0x88 : 0x89];
export const str = (value: string): Code => [...text("X"), ...u32(text(value).length), ...text(value)];
export const global = (module: string, name: string): Code => text(`c${module}\n${name}\n`);
export const tuple = (...items: Code[]): Code => [...text("("), ...items.flat(), ...text("t")];
export const list = (...items: Code[]): Code => [...text("]("), ...items.flat(), ...text("e")];
export const dict = (...pairs: [Code, Code][]): Code => [...text("}("), ...pairs.flat(2), ...text("u")];
export const call = (callable: Code, ...args: Code[]): Code => [...callable, ...tuple(...args), ...text("R")];
export const put = (value: Code, index: number): Code => [...value, ...text("q"), index];
export const get = (index: number): Code => [...text("h"), index];
export const orderedDict: Code = call(global("collections", "OrderedDict"));

/** An integer: four bytes where they suffice, else LONG1 of nine. */
export function int(value: number): Code {
  if (value >= -(2 ** 31) && value < 2 ** 31) return [...text("J"), ...u32(value >>> 0)];
  return [0x8a, 9, ...u64(value), 0];
}

export const storage = (type: string, key: string, length: number, module = "torch"): Code => [
  ...tuple(str("storage"), global(module, type), str(key), str("cpu"), int(length)),
  ...text("Q"),
];

export const tensor = (source: Code, offset: number, shape: readonly number[], strides: readonly number[]): Code =>
  call(
    global("torch._utils", "_rebuild_tensor_v2"),
    source,
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    truth(false),
    orderedDict,
  );

/** A whole pickle of protocol 2. */
export const pickle = (code: Code): Uint8Array => Uint8Array.from([0x80, 2, ...code, 0x2e]);

/** A ZIP archive of stored entries; `zip64` writes the sizes and the directory's place as numbers of 64 bits. */
export function zip(entries: readonly (readonly [string, Uint8Array])[], zip64 = false): Uint8Array {
  let head: Uint8Array = new Uint8Array(0);
  const directory: number[] = [];
  for (const [name, data] of entries) {
    const offset = head.length;
    const size = zip64 ? u32(0xffffffff) : u32(data.length);
    const common = [...u16(0), ...u16(0), ...u16(0), ...u16(0), ...u32(crc32(data)), ...size, ...size];
    const wide = zip64 ? [...u16(1), ...u16(24), ...u64(data.length), ...u64(data.length), ...u64(offset)] : [];
    const local = [...text("PK\x03\x04"), ...u16(0), ...common, ...u16(text(name).length), ...u16(0), ...text(name)];
    head = Buffer.concat([head, Uint8Array.from(local), data]);
    directory.push(
      ...text("PK\x01\x02"),
      ...u16(0),
      ...u16(0),
      ...common,
      ...u16(text(name).length),
      ...u16(wide.length),
    );
    directory.push(...u16(0), ...u16(0), ...u16(0), ...u32(0), ...(zip64 ? u32(0xffffffff) : u32(offset)));
    directory.push(...text(name), ...wide);
  }
  const place = [directory.length, head.length];
  const end: number[] = [];
  if (zip64) {
    end.push(...text("PK\x06\x06"), ...u64(44), ...u16(45), ...u16(45), ...u32(0), ...u32(0));
    end.push(...u64(entries.length), ...u64(entries.length), ...place.flatMap(u64));
    end.push(...text("PK\x06\x07"), ...u32(0), ...u64(head.length + directory.length), ...u32(1));
  }
  const short = zip64 ? [0xffffffff, 0xffffffff] : place;
  const count = u16(zip64 ? 0xffff : entries.length);
  end.push(...text("PK\x05\x06"), ...u16(0), ...u16(0), ...count, ...count, ...short.flatMap(u32), ...u16(0));
  return new Uint8Array(Buffer.concat([head, Uint8Array.from([...directory, ...end])]));
}

/** A file as torch.save writes it: a pickle and its storages. */
export function torchFile(code: Code | Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}, zip64 = false) {
  const entries: [string, Uint8Array][] = [
    ["archive/data.pkl", code instanceof Uint8Array ? code : pickle(code)],
    ["archive/byteorder", new TextEncoder().encode("little")],
  ];
  for (const [key, data] of Object.entries(storages)) entries.push([`archive/data/${key}`, data]);
  return zip(entries, zip64);
}

/** A tensor [1, 2] of a storage "0", and that storage. */
export const pair: Code = tensor(storage("FloatStorage", "0", 2), 0, [2], [1]);
export const pairData = { "0": Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64) };
