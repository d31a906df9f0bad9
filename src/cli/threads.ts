// The option `--threads`, which several commands have.

import { ValueError } from "../errors.ts";
import { threads } from "../threads/index.ts";
import type { Threads } from "../wasm/threads.ts";
import { type Options, text } from "./options.ts";

export const THREADS = [
  "--threads <n>",
  "Threads that share the work, 1 by default; auto for one per processor",
] as const;

/** What was asked for, as `createEngine` takes it. @throws ValueError unless it is a count or "auto" */
export function threadsOption(options: Options): Threads | null {
  const value = text(options, "threads") ?? "1";
  const count = value === "auto" ? value : /^\d+$/.test(value) ? Number(value) : Number.NaN;
  try {
    return threads(count);
  } catch {
    throw new ValueError(`--threads: expected a whole number from 1 to 64, or auto, got ${value}`);
  }
}
