// A WebAssembly module in hand: whether it is one, whether it is ours, and what to say where none can be compiled. A
// binary says in a custom section, which build/pack.mjs writes, whose it is.

import { ContentSecurityPolicyError, FormatError, UnsupportedRuntimeError } from "../errors.ts";
import { quote } from "../quote.ts";
import { VERSION } from "../version.ts";

const SECTION = "spherical-cnn";
/** The least module: nothing in it can be refused but that it is one. */
export const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** Not `instanceof`: a module from another realm is one as well. */
export function isModule(source: unknown): source is WebAssembly.Module {
  return Object.prototype.toString.call(source) === "[object WebAssembly.Module]";
}

/** The bytes as they are now, whatever the caller does with them later. */
export function copyBytes(source: BufferSource): Uint8Array<ArrayBuffer> {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return view.slice();
}

/**
 * Which of `names` a module is.
 * @param where names the module in messages
 * @throws FormatError if it does not say that it is one of them and of this version
 */
export function identify<Name extends string>(module: WebAssembly.Module, names: readonly Name[], where: string): Name {
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  if (section === undefined) {
    const files = names.map((name) => `wasm/${name}.wasm`).join(", ");
    throw new FormatError(
      `${where}: this WebAssembly module is not one of spherical-cnn's kernels; expected ${files} of the package`,
    );
  }
  const [version, text] = new TextDecoder().decode(section).split(" ");
  const name = names.find((each) => each === text);
  if (version !== VERSION || name === undefined) {
    throw new FormatError(
      `${where}: expected kernels of spherical-cnn ${VERSION} (${names.join(", ")}), got ${quote(text)} of version ` +
        `${quote(version)}; take the file from the package that you import`,
    );
  }
  return name;
}

/**
 * The error for a binary that this runtime did not compile.
 * @param host what it said to EMPTY_MODULE: null if it does compile that
 */
export function refusal(where: string, error: unknown, host: unknown): Error {
  if (host === null) {
    return new FormatError(`${where}: expected a WebAssembly module that this runtime can compile, ${describe(error)}`);
  }
  if ("SecurityPolicyViolationEvent" in globalThis) {
    return new ContentSecurityPolicyError(
      "the Content-Security-Policy of this page blocks WebAssembly: its directive script-src (default-src, where there is " +
        `no script-src) must allow 'wasm-unsafe-eval', as in "script-src 'self' 'wasm-unsafe-eval'" (${describe(host)})`,
    );
  }
  return new UnsupportedRuntimeError(
    'this host compiles no WebAssembly from bytes: bundle with its condition ("workerd", "edge-light"), under which the ' +
      `package imports its .wasm files as modules, or give init() a compiled module (${describe(host)})`,
  );
}

const describe = (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`;
