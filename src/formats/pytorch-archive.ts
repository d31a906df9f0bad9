// The two containers of torch.save: a ZIP archive (PyTorch 1.6 and later) and the sequence of pickles before it.
// Source: torch/serialization.py, _save and _legacy_save.
//
//   ZIP     <name>/data.pkl the pickle, <name>/data/<key> one storage each, <name>/byteorder "little" or "big"
//   legacy  pickles of a magic number, 1001, {little_endian, …}, the object, the list of storage keys; then for each key
//           the number of elements (i64) and the elements

import { unpickle } from "./pickle.ts";
import { type Storage, torchWorld } from "./pytorch-tensors.ts";
import { quote, type Refuse, refuser } from "./refuse.ts";
import { readZip } from "./zip.ts";

/** What was saved, tensors as descriptions, and the bytes of the storages by key. */
export interface Archive {
  readonly root: unknown;
  readonly storages: ReadonlyMap<string, Uint8Array>;
  readonly bigEndian: boolean;
}

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/**
 * Opens a file of torch.save in either container.
 * @throws FormatError, UnsafePickleError
 */
export function readArchive(bytes: Uint8Array, where: string): Archive {
  const starts = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (starts(0x50, 0x4b)) return readZipArchive(bytes, where);
  if (starts(0x80, 2, 0x8a, 10)) return readLegacyArchive(bytes, where);
  const got = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return refuser(where)(
    `expected a file of torch.save (beginning with PK or 80 02 8a 0a), got ${got || "an empty file"}`,
  );
}

function readZipArchive(bytes: Uint8Array, where: string): Archive {
  const refuse: Refuse = refuser(where);
  const files = readZip(bytes, where);
  const pickles = [...files.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    refuse(`expected a ZIP archive of torch.save with one data.pkl, got entries ${quote([...files.keys()])}`);
  }
  const folder = pickles[0]!.slice(0, -"data.pkl".length);
  const byteOrder = files.get(`${folder}byteorder`);
  const order = byteOrder ? new TextDecoder().decode(byteOrder.subarray(0, 100)) : "little";
  if (order !== "little" && order !== "big") refuse(`expected byteorder little or big, got ${quote(order)}`);
  const pickle = files.get(pickles[0]!)!;
  const { value: root, end } = unpickle(pickle, 0, torchWorld(refuse), where);
  if (end !== pickle.length) refuse(`the pickle ends at byte ${end}, but has ${pickle.length}`);
  const storages = new Map<string, Uint8Array>();
  for (const [name, data] of files) {
    if (name.startsWith(`${folder}data/`)) storages.set(name.slice(`${folder}data/`.length), data);
  }
  return { root, storages, bigEndian: order === "big" };
}

function readLegacyArchive(bytes: Uint8Array, where: string): Archive {
  const refuse: Refuse = refuser(where);
  const known = new Map<string, Storage>();
  const world = torchWorld(refuse, (storage) => known.set(storage.key, storage));
  let position = 0;
  const next = (): unknown => {
    const { value, end } = unpickle(bytes, position, world, where);
    position = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) refuse("expected the magic number of torch.save");
  const protocol = next();
  if (protocol !== LEGACY_PROTOCOL) refuse(`expected protocol ${LEGACY_PROTOCOL}, got ${quote(protocol)}`);
  const system = next();
  const littleEndian = system instanceof Map ? system.get("little_endian") : undefined;
  if (typeof littleEndian !== "boolean") refuse("expected the byte order after the protocol");
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) refuse("expected the list of storages after the pickle");

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = known.get(key);
    if (!storage || storages.has(key))
      refuse(`expected storages that the pickle refers to, once each, got ${quote(key)}`);
    if (position + 8 > bytes.length) refuse(`the file ends before storage ${quote(key)}`);
    const length = Number(view.getBigInt64(position, littleEndian));
    if (length !== storage.length) refuse(`storage ${quote(key)} has ${length} elements, expected ${storage.length}`);
    position += 8;
    const end = position + length * storage.itemSize;
    if (!(end <= bytes.length)) refuse(`storage ${quote(key)} ends at byte ${end}, but the file has ${bytes.length}`);
    storages.set(key, bytes.subarray(position, end));
    position = end;
  }
  if (position !== bytes.length) refuse(`the storages end at byte ${position}, but the file has ${bytes.length}`);
  return { root, storages, bigEndian: !littleEndian };
}
