// `import { threads } from "spherical-cnn/threads"`: engines that work on several processors.

import { ValueError } from "../errors.ts";
import { quote } from "../quote.ts";
import type { Threads } from "../wasm/threads.ts";
import { missing, processors } from "./host.ts";
import { KernelThreads } from "./kernels.ts";

export type { Threads } from "../wasm/threads.ts";

/** More would wait for each other. */
const MOST = 64;

let warned = false;

/** Says once what is missing; the work is then done by fewer threads, with the same results. */
function warn(text: string): void {
  if (warned) return;
  warned = true;
  console.warn(`spherical-cnn: ${text}`);
}

/**
 * Threads for an engine: `await createEngine({ threads: threads(2) })`. Results are the same, bit for bit, for any number.
 *
 * They share the engine's memory and end with `engine.dispose()`; until then they sleep when there is nothing to do, and do
 * not keep a process alive. Where the runtime has no SharedArrayBuffer or no workers there is one warning, and one thread.
 * A thread that ends before its time makes the next operation, or the one at work, throw ThreadError; new ones are started,
 * and until they are ready, which takes a turn of the event loop, the engine works alone.
 * @param count threads in all, from 1 to 64, the calling one included; "auto", the default, for one per processor
 * @returns null for one thread
 * @throws ValueError for another count
 */
export function threads(count: number | "auto" = "auto"): Threads | null {
  const wanted = count === "auto" ? Math.min(processors(), MOST) : count;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST) {
    throw new ValueError(`threads: expected a whole number from 1 to ${MOST}, or "auto", got ${quote(count)}`);
  }
  if (wanted === 1) return null;
  const lack = missing();
  if (lack !== null) {
    warn(`one thread instead of ${wanted}: this runtime lacks ${lack}`);
    return null;
  }
  return {
    start: (shared) =>
      KernelThreads.start(shared, wanted, (reason) =>
        warn(`fewer threads than ${wanted}: one did not start, ${reason}`),
      ),
  };
}
