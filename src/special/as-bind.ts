// special.wasm bound with as-bind, which reads from the module itself what its functions take and return.

import { converters, instantiateSync } from "as-bind/dist/as-bind.esm.js";
import { replaceConverters } from "./as-bind-shim.mjs";
import { placeArray, type SpecialKernels, viewArray } from "./kernels.ts";
import { bind as bindByPointers } from "./pointers.ts";

/** The functions of a binary that is known to be ours; as-bind takes bytes alone. */
export function bind(module: WebAssembly.Module, bytes?: BufferSource): SpecialKernels {
  if (bytes === undefined) return bindByPointers(module);
  replaceConverters(converters, { viewArray, placeArray });
  return instantiateSync(bytes, {}).exports as SpecialKernels;
}
