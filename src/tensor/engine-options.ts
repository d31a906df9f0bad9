// What createEngine may be told, checked before anything is loaded.

import { quote, ValueError } from "../errors.ts";
import type { Build, Dtype } from "../wasm/binary.ts";
import type { Threads } from "../wasm/threads.ts";

/** Numbers, kernels, memory and threads of an engine. */
export interface EngineOptions {
  /** Of every tensor of the engine; "f32" by default. */
  readonly dtype?: Dtype;
  /** "auto", the default, takes relaxed SIMD where the runtime has it; "plain" gives the same bits on every runtime. */
  readonly build?: Build | "auto";
  /** Bytes that the engine's memory may grow to; 2 GiB by default, 4 GiB at most. */
  readonly memoryLimit?: number;
  /** `threads(…)` of "spherical-cnn/threads"; by default the engine works on the thread that calls it alone. */
  readonly threads?: Threads | null;
}

/**
 * The options with what is left out filled in.
 * @throws ValueError for what is no option's value
 */
export function checkedOptions(options: EngineOptions): Required<EngineOptions> {
  if (typeof options !== "object" || options === null) {
    throw new ValueError(`createEngine: expected options such as { dtype: "f64" }, or nothing, got ${quote(options)}`);
  }
  const { dtype = "f32", build = "auto", memoryLimit = 2 ** 31, threads = null } = options;
  if (dtype !== "f32" && dtype !== "f64") {
    throw new ValueError(`createEngine: dtype must be "f32" or "f64", got ${quote(dtype)}`);
  }
  if (build !== "auto" && build !== "plain" && build !== "relaxed") {
    throw new ValueError(`createEngine: build must be "auto", "plain" or "relaxed", got ${quote(build)}`);
  }
  if (typeof memoryLimit !== "number" || !(memoryLimit >= 65536 && memoryLimit <= 2 ** 32)) {
    throw new ValueError(`createEngine: memoryLimit must be between 64 KiB and 4 GiB, got ${quote(memoryLimit)}`);
  }
  if (threads !== null && typeof threads.start !== "function") {
    throw new ValueError(
      `createEngine: threads must come from threads(…) of "spherical-cnn/threads", got ${quote(threads)}`,
    );
  }
  return { dtype, build, memoryLimit, threads };
}
