// Files from public mirrors, checked by SHA-256: fetched into a `.partial` file beside, which a later attempt or a later
// run continues (HTTP Range), and renamed only when every byte is right.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DownloadError, SphericalCnnError, ValueError } from "../errors.ts";

/** A file that a mirror offers below its address. */
export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the whole file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** The original four files of MNIST. */
export const MNIST_FILES: readonly RemoteFile[] = [
  {
    name: "train-images-idx3-ubyte.gz",
    bytes: 9912422,
    sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
  },
  {
    name: "train-labels-idx1-ubyte.gz",
    bytes: 28881,
    sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
  },
  {
    name: "t10k-images-idx3-ubyte.gz",
    bytes: 1648877,
    sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
  },
  {
    name: "t10k-labels-idx1-ubyte.gz",
    bytes: 4542,
    sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
  },
];

/** Where they are offered. */
export const MNIST_MIRRORS: readonly string[] = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/** What happens to a file while it is fetched. */
export type DownloadProgress =
  /** It was there already, and right. */
  | { readonly kind: "kept"; readonly file: string }
  /** A file of that name was there with other bytes; it stays until the right ones are here. */
  | { readonly kind: "wrong"; readonly file: string; readonly reason: string }
  /** So many of its bytes are here. */
  | { readonly kind: "bytes"; readonly file: string; readonly received: number; readonly total: number }
  /** An attempt failed; another follows. */
  | { readonly kind: "retry"; readonly file: string; readonly mirror: string; readonly reason: string }
  /** It is here, and right. */
  | { readonly kind: "done"; readonly file: string };

/** What became of a file. */
export interface DownloadedFile {
  readonly name: string;
  readonly path: string;
  readonly action: "kept" | "downloaded" | "replaced";
}

/** Where from, and how it is watched and stopped. */
export interface DownloadOptions {
  /** Addresses that the files' names are appended to, tried in turn. */
  readonly mirrors?: readonly string[];
  readonly files?: readonly RemoteFile[];
  /** Failed attempts at a file, over all mirrors, before giving up; 6. Attempts that got on do not count. */
  readonly retries?: number;
  /** Milliseconds before trying a mirror again, doubled each time up to 16-fold; 500. */
  readonly delay?: number;
  /** Milliseconds without a byte after which a connection counts as dropped; 30,000. */
  readonly timeout?: number;
  /** Told what happens to each file. */
  readonly progress?: (event: DownloadProgress) => void;
  /** What fetches; the host's own. */
  readonly fetch?: typeof globalThis.fetch;
  /** Stops the download; what has come stays for the next run. */
  readonly signal?: AbortSignal;
}

/** An attempt that brings at least so many bytes got on: a connection that drops now and then is not a failure. */
const PROGRESS_BYTES = 64 * 1024;

type Settings = Required<Omit<DownloadOptions, "signal">> & { readonly signal: AbortSignal | undefined };

/**
 * Fetches files into a folder, which is made if need be. Files that are there are checked: right ones are kept, wrong
 * ones replaced.
 * @throws DownloadError when a file could not be had, with each mirror's last reason; other files are not affected and
 * what has come is continued next time. ValueError for impossible options or a folder that cannot be written.
 */
export async function downloadMnist(directory: string, options: DownloadOptions = {}): Promise<DownloadedFile[]> {
  const settings: Settings = {
    mirrors: options.mirrors ?? MNIST_MIRRORS,
    files: options.files ?? MNIST_FILES,
    retries: options.retries ?? 6,
    delay: options.delay ?? 500,
    timeout: options.timeout ?? 30_000,
    progress: options.progress ?? (() => undefined),
    fetch: options.fetch ?? globalThis.fetch,
    signal: options.signal,
  };
  if (settings.mirrors.length === 0) throw new ValueError("download: expected at least one mirror, got none");
  for (const mirror of settings.mirrors) {
    if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol)) {
      throw new ValueError(`download: expected a mirror's address beginning with http:// or https://, got "${mirror}"`);
    }
  }
  for (const [name, value] of [
    ["retries", settings.retries],
    ["delay", settings.delay],
    ["timeout", settings.timeout],
  ] as const) {
    if (!(value >= 0)) throw new ValueError(`download: ${name} must not be negative, got ${value}`);
  }
  const results: DownloadedFile[] = [];
  try {
    await mkdir(directory, { recursive: true });
    for (const file of settings.files) results.push(await obtain(directory, file, settings));
  } catch (error) {
    if (error instanceof SphericalCnnError) throw error;
    throw new ValueError(`download: cannot write in ${directory}: ${(error as Error).message}`);
  }
  return results;
}

async function obtain(directory: string, file: RemoteFile, settings: Settings): Promise<DownloadedFile> {
  const path = join(directory, file.name);
  const partial = `${path}.partial`;
  const before = await sizeOf(path);
  if (before !== undefined) {
    const reason = await faultOf(path, file);
    if (reason === undefined) {
      settings.progress({ kind: "kept", file: file.name });
      return { name: file.name, path, action: "kept" };
    }
    settings.progress({ kind: "wrong", file: file.name, reason });
  }
  const reasons = new Map<string, string>();
  let mirrors = settings.mirrors;
  for (let attempt = 0, failures = 0; ; attempt++) {
    const mirror = mirrors[attempt % mirrors.length]!;
    const start = (await sizeOf(partial)) ?? 0;
    try {
      await fetchRest(new URL(file.name, mirror.endsWith("/") ? mirror : `${mirror}/`), partial, start, file, settings);
      const reason = await faultOf(partial, file);
      if (reason !== undefined) {
        await rm(partial, { force: true });
        throw new AttemptFailed(`wrong bytes: ${reason}`);
      }
      await rename(partial, path);
      settings.progress({ kind: "done", file: file.name });
      return { name: file.name, path, action: before === undefined ? "downloaded" : "replaced" };
    } catch (error) {
      const received = (await sizeOf(partial)) ?? 0;
      if (settings.signal?.aborted) {
        throw new DownloadError(
          `${file.name}: stopped after ${received} of ${file.bytes} bytes; run the same again to go on from there`,
        );
      }
      if (!(error instanceof AttemptFailed)) throw error;
      reasons.set(mirror, error.message);
      if (received - start < PROGRESS_BYTES) failures++;
      if (error.hopeless) mirrors = mirrors.filter((each) => each !== mirror);
      if (failures > settings.retries || mirrors.length === 0) {
        const all = [...reasons].map(([address, reason]) => `${address}: ${reason}`).join("; ");
        throw new DownloadError(
          `${file.name}: not to be had after ${attempt + 1} attempts (${all}). ` +
            `Check the connection and run the same again, or put the file into ${directory} yourself.`,
        );
      }
      settings.progress({ kind: "retry", file: file.name, mirror, reason: error.message });
      const round = error.hopeless ? 0 : Math.floor(failures / mirrors.length);
      // An abort while waiting is noticed by the next attempt.
      if (round > 0)
        await sleep(settings.delay * 2 ** Math.min(round - 1, 4), undefined, waitOptions(settings)).catch(
          () => undefined,
        );
    }
  }
}

const waitOptions = ({ signal }: Settings) => (signal === undefined ? {} : { signal });

/** Why one attempt at one mirror failed; the message names no file or mirror. */
class AttemptFailed extends Error {
  constructor(
    message: string,
    /** Whether this mirror will never answer. */
    readonly hopeless = false,
  ) {
    super(message);
  }
}

/** Appends what is missing of the file to `partial`, which has `start` bytes; starts anew where that is impossible. */
async function fetchRest(
  url: URL,
  partial: string,
  start: number,
  file: RemoteFile,
  settings: Settings,
): Promise<void> {
  if (start === file.bytes) return;
  if (start > file.bytes) {
    await rm(partial);
    return fetchRest(url, partial, 0, file, settings);
  }
  const stop = new AbortController();
  const signal = settings.signal === undefined ? stop.signal : AbortSignal.any([settings.signal, stop.signal]);
  const watch = setTimeout(() => stop.abort(), settings.timeout);
  /** What fails here is the connection's fault; whatever else fails below is the disk's, and no mirror helps. */
  const heard = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      if (stop.signal.aborted) throw new AttemptFailed(`no answer for ${settings.timeout} ms`);
      // fetch refuses some ports itself (Fetch Standard, "port blocking"), and always will.
      throw new AttemptFailed(messageOf(error), ((error as Error).cause as Error | undefined)?.message === "bad port");
    }
  };
  let handle: FileHandle | undefined;
  try {
    const headers = { "accept-encoding": "identity", ...(start > 0 && { range: `bytes=${start}-` }) };
    const response = await heard(settings.fetch(url, { headers, signal }));
    if (response.status === 416) {
      await rm(partial, { force: true });
      throw new AttemptFailed("HTTP 416, the server has fewer bytes than were here; starting anew");
    }
    if (!response.ok || response.body === null) {
      throw new AttemptFailed(`HTTP ${response.status} ${response.statusText}`.trim());
    }
    // A server that does not know Range answers 200 with the whole file.
    const resumed = response.status === 206;
    const range = response.headers.get("content-range");
    if (resumed && !range?.startsWith(`bytes ${start}-`)) {
      throw new AttemptFailed(`asked for the bytes from ${start}, got ${range ?? "no content-range"}`);
    }
    let received = resumed ? start : 0;
    handle = await open(partial, resumed && start > 0 ? "r+" : "w");
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await heard(reader.read());
      if (done) break;
      watch.refresh();
      if (received + value.length > file.bytes) {
        await handle.truncate(0);
        throw new AttemptFailed(`more bytes than the ${file.bytes} expected`);
      }
      await writeAll(handle, value, received);
      received += value.length;
      settings.progress({ kind: "bytes", file: file.name, received, total: file.bytes });
    }
    if (received < file.bytes) throw new AttemptFailed(`connection ended after ${received} of ${file.bytes} bytes`);
    await handle.sync();
  } finally {
    clearTimeout(watch);
    stop.abort();
    await handle?.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}

/** fetch hides the reason ("connection refused") in `cause`. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? `${message} (${cause.message})` : message;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** How the file at `path` differs from what it should be; undefined if it does not. */
async function faultOf(path: string, file: RemoteFile): Promise<string | undefined> {
  const size = await sizeOf(path);
  if (size !== file.bytes) return `expected ${file.bytes} bytes, got ${size}`;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  const got = hash.digest("hex");
  return got === file.sha256 ? undefined : `expected SHA-256 ${file.sha256}, got ${got}`;
}
