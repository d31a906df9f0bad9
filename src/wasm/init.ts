// `init`: kernels compiled ahead of the first engine, or taken from elsewhere than the package.

import { DownloadError, ValueError } from "../errors.ts";
import { quote } from "../quote.ts";
import { compileKernels, give } from "./binary.ts";
import { availableBuild, requireSimd } from "./load.ts";
import { isModule } from "./module.ts";

/**
 * Where kernels come from: the URL of a file (a string, or an object with `href`), the answer of a `fetch`, bytes (an
 * ArrayBuffer or a view of one) or a compiled WebAssembly.Module; or a promise of one of these.
 */
export type KernelSource = string | object;

/** What we use of a Response. */
interface FetchedFile {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * Loads kernels. Nobody has to call it, since `createEngine` loads what it needs, and nobody has to keep count of calls: what
 * is there already is not loaded again.
 *
 * Without a source it compiles what `createEngine()` will use, so that the first engine does not wait for it. With one, the
 * kernels that engines use are the given ones, as far as they go: files `wasm/f32-plain.wasm`, `f32-relaxed`, `f64-plain`
 * and `f64-relaxed` of this package. Of builds that are given, "auto" takes the best; others come from the package.
 * @throws FormatError if the source is not a binary of this version; DownloadError if it cannot be fetched; ValueError if it
 *   is no source; ContentSecurityPolicyError, UnsupportedRuntimeError
 */
export async function init(source?: KernelSource | PromiseLike<KernelSource>): Promise<void> {
  const from = await source;
  if (from === undefined) {
    await compileKernels(`f32-${await availableBuild("auto", "f32")}`, false);
    return;
  }
  requireSimd("init");
  const { binary, where } = await readSource(from);
  await give(binary, where);
}

/** A binary as it was given, and how messages name it. */
export interface GivenBinary {
  readonly binary: BufferSource | WebAssembly.Module;
  readonly where: string;
}

/**
 * Takes a source as far as the bytes or the module, not knowing yet what is in them.
 * @throws DownloadError, ValueError as `init`
 */
export async function readSource(from: KernelSource): Promise<GivenBinary> {
  const url = typeof from === "string" ? from : (from as Partial<URL> | null)?.href;
  const file: unknown = typeof url === "string" ? await fetched(url) : from;
  if (isFetched(file)) return { binary: await bytesOf(file), where: `init: ${file.url || "kernels"}` };
  if (isModule(file) || ArrayBuffer.isView(file) || isArrayBuffer(file)) {
    return { binary: file as BufferSource | WebAssembly.Module, where: "init: kernels" };
  }
  throw new ValueError(
    `init: expected a URL, a Response, the bytes of a .wasm file or a WebAssembly.Module, got ${quote(file)}`,
  );
}

const isFetched = (source: unknown): source is FetchedFile =>
  typeof (source as Partial<FetchedFile> | null)?.arrayBuffer === "function";

const isArrayBuffer = (source: unknown) => Object.prototype.toString.call(source) === "[object ArrayBuffer]";

async function fetched(url: string): Promise<FetchedFile> {
  try {
    return await fetch(url);
  } catch (error) {
    throw new DownloadError(
      `init: ${url} could not be fetched (${(error as Error).message}); Node fetches neither paths nor ` +
        "file: URLs: there, read the file and give its bytes",
    );
  }
}

async function bytesOf(file: FetchedFile): Promise<ArrayBuffer> {
  if (file.ok) return file.arrayBuffer();
  throw new DownloadError(`init: ${file.url || "kernels"}: expected the file, got the HTTP status ${file.status}`);
}
