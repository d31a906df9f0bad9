// Makes a kernel binary fit for a memory that several threads share.
//
// WebAssembly wants a module to say whether the memory that it imports is shared, in one byte of its import section, and
// then also how far that memory may grow (threads proposal, "Limits"):
//
//   import section   02 size count (length name)(length name) 02 limits
//   limits           00 min   or   01 min max        becomes        03 min max
//
// The kernels need nothing else: they have no globals, no data and no atomics; who works on what is agreed on in JavaScript.
// So the bytes are changed when they are loaded, and there are no further binaries.

const HEADER_BYTES = 8;
const IMPORT_SECTION = 2;
const MEMORY = 2;
const SHARED_WITH_MAXIMUM = 3;
/** As many pages as WebAssembly allows: the memory itself may have a lower limit. */
const MAX_PAGES = 65536;

/**
 * The same module, importing a shared memory.
 * @param binary whose only import is a memory
 */
export function withSharedMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = HEADER_BYTES;
  const number = () => {
    let value = 0;
    for (let shift = 0, byte = 128; byte >= 128; shift += 7) {
      byte = binary[at++]!;
      value += (byte & 127) * 2 ** shift;
    }
    return value;
  };
  while (at < binary.length) {
    const start = at;
    const section = binary[at++];
    const size = number();
    const end = at + size;
    if (section !== IMPORT_SECTION) {
      at = end;
      continue;
    }
    const body = at;
    const imports = number();
    for (const _name of ["module", "field"]) {
      const length = number();
      at += length;
    }
    if (imports !== 1 || binary[at++] !== MEMORY) break;
    const limits = at;
    at++;
    const entry = [
      ...binary.subarray(body, limits),
      SHARED_WITH_MAXIMUM,
      ...unsigned(number()),
      ...unsigned(MAX_PAGES),
    ];
    const changed = [IMPORT_SECTION, ...unsigned(entry.length), ...entry];
    return Uint8Array.from([...binary.subarray(0, start), ...changed, ...binary.subarray(end)]);
  }
  throw new Error("withSharedMemory: expected a binary whose only import is a memory");
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}
