// special.wasm bound by pointers: where as-bind cannot run, because there is a compiled module and no bytes (workerd,
// edges, `init` with a module). The same functions of the same binary as in ./as-bind.ts, so the same bits.

import { placeArray, type RawExports, type SpecialKernels, viewArray } from "./kernels.ts";

type Argument = number | Float64Array;

/** The functions of a module that is known to be ours. */
export function bind(module: WebAssembly.Module): SpecialKernels {
  const exports = new WebAssembly.Instance(module).exports as unknown as RawExports &
    Record<string, (...args: number[]) => number>;

  const bound =
    (name: Exclude<keyof SpecialKernels, "memory">) =>
    (...args: Argument[]): Float64Array => {
      const pinned: number[] = [];
      const numbers = args.map((argument) => {
        if (typeof argument === "number") return argument;
        const header = exports.__pin(placeArray(exports, argument));
        pinned.push(header);
        return header;
      });
      const result = exports[name]!(...numbers);
      for (const header of pinned) exports.__unpin(header);
      return viewArray(exports, result);
    };

  return {
    memory: exports.memory,
    wignerSmallD: bound("wignerSmallD"),
    wignerD: bound("wignerD"),
    sphericalHarmonics: bound("sphericalHarmonics"),
    legendre: bound("legendre"),
    quadratureWeights: bound("quadratureWeights"),
    clebschGordan: bound("clebschGordan"),
  };
}
