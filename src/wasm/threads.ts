// What an engine asks of threads. The threads themselves are a door of their own, `spherical-cnn/threads`, so that nobody
// loads them who does not use them.

import type { Kernels } from "./kernels.ts";
import type { LinearMemory } from "./memory.ts";

/** What threads work with: an engine's binary, its memory, and kernels over it for the thread that asks. */
export interface SharedKernels {
  /** A WebAssembly.Module. */
  readonly module: object;
  readonly memory: { readonly wasm: LinearMemory; allocate(bytes: number): number; free(start: number): void };
  readonly kernels: Kernels;
}

/** Threads at work for one engine. */
export interface RunningThreads {
  /** The same kernels; calls that are worth it are shared among the threads. Results are the same, bit for bit. */
  readonly kernels: Kernels;
  /** Runs `work`, whose kernel calls do not depend on each other, and returns when all of them are done. */
  together(work: () => void): void;
  /** Ends the threads. */
  dispose(): void;
}

/** Starts threads for an engine: `threads(…)` of `spherical-cnn/threads`. */
export interface Threads {
  /** Called by `createEngine`. @internal */
  start(shared: SharedKernels): Promise<RunningThreads>;
}
