// gzip, unpacked by the platform (Compression Streams) and never beyond a limit: a kilobyte of gzip can hold a megabyte.

import { type Refuse, refuser } from "./refuse.ts";

/** Bytes handed to the decompressor at once: it may expand them a thousandfold before we see how many they became. */
const SLICE = 16 * 1024;

/**
 * Unpacks gzip.
 * @param limit the most bytes that may come out
 * @param where names the file in messages
 * @throws FormatError where `bytes` are no gzip, are damaged or unpack to more than `limit`
 */
export async function gunzip(bytes: Uint8Array, limit: number, where = "gzip"): Promise<Uint8Array<ArrayBuffer>> {
  const refuse: Refuse = refuser(where);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) refuse("expected gzip (beginning with 1f 8b)");
  let position = 0;
  const slices = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (position >= bytes.length) controller.close();
      else controller.enqueue(new Uint8Array(bytes.subarray(position, position + SLICE)));
      position += SLICE;
    },
  });
  const reader = slices.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader
      .read()
      .catch((error: Error) => refuse(`the gzip data are damaged (${error.message})`));
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel().catch(() => undefined);
      refuse(`unpacks to more than the limit of ${limit} bytes`);
    }
    chunks.push(value);
  }
  const result = new Uint8Array(length);
  let end = 0;
  for (const chunk of chunks) {
    result.set(chunk, end);
    end += chunk.length;
  }
  return result;
}
