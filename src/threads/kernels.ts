// An engine's kernels, with the calls that are worth it divided among the threads of a pool.

import type { Kernels } from "../wasm/kernels.ts";
import type { RunningThreads, SharedKernels } from "../wasm/threads.ts";
import type { Task } from "./crew.ts";
import { Pool } from "./pool.ts";
import { type Arguments, type Split, splitsFor } from "./splits.ts";

/** Nanoseconds below which a call, or several together, are not worth telling the other threads of. */
const WORTH = 80_000;
/** Parts for each thread, more than one so that a thread that is held up holds up little, and nanoseconds of one at least. */
const PARTS = 4;
const LEAST = 10_000;

const VECTOR_BYTES = 16;

/**
 * Threads would keep the memory of an engine that nobody has disposed of and nobody refers to any more. Made with the first
 * threads: hosts without the class, older workerd among them, have no threads either.
 */
let forgotten: FinalizationRegistry<Pool> | undefined;
/** Out here, where no constructor's `this` is in reach that it would keep. */
const release = (pool: Pool) => pool.dispose();

/** A call that is to be made. */
interface Call {
  readonly alone: (...args: number[]) => void;
  readonly kernel: number;
  readonly split: Split;
  readonly args: Arguments;
  readonly nanoseconds: number;
}

export class KernelThreads implements RunningThreads {
  readonly kernels: Kernels;
  readonly #pool: Pool;
  readonly #alone: Kernels;
  readonly #count: number;
  /** What was called since `together` began, null outside of it. */
  #calls: Call[] | null = null;

  private constructor(
    pool: Pool,
    shared: SharedKernels,
    splits: readonly (readonly [keyof Kernels, Split])[],
    count: number,
  ) {
    this.#pool = pool;
    this.#alone = shared.kernels;
    this.#count = count;
    const divided = splits.map(([name, split], kernel) => {
      const alone = shared.kernels[name] as (...args: number[]) => void;
      return [
        name,
        (...args: number[]) => this.#call({ alone, kernel, split, args, nanoseconds: split.nanoseconds(args) }),
      ];
    });
    this.kernels = { ...shared.kernels, ...Object.fromEntries(divided) };
    forgotten ??= new FinalizationRegistry(release);
    forgotten.register(this, pool);
  }

  /** @param count threads, the asking one included; of those that do not start `onFailure` is told */
  static async start(
    shared: SharedKernels,
    count: number,
    onFailure: (reason: string) => void,
  ): Promise<KernelThreads> {
    const functions = shared.kernels as unknown as Record<string, (() => void) | undefined>;
    const splits = [...splitsFor(VECTOR_BYTES / shared.kernels.lanes())].filter(([name]) => functions[name]);
    const table = splits.map(([name, { scratch }]) => [name, scratch?.place ?? -1] as const);
    const pool = await Pool.start(shared, count, table, onFailure);
    return new KernelThreads(pool, shared, splits, count);
  }

  #call(call: Call): void {
    if (this.#calls) this.#calls.push(call);
    else if (call.nanoseconds >= WORTH) this.#share([call]);
    else {
      // Where there is some work there may soon be more, and threads that sleep take their time.
      if (call.nanoseconds >= LEAST) this.#pool.wake();
      call.alone(...call.args);
    }
  }

  together(work: () => void): void {
    if (this.#calls) {
      work();
      return;
    }
    const calls: Call[] = [];
    this.#calls = calls;
    try {
      work();
    } finally {
      this.#calls = null;
    }
    if (calls.length > 0) this.#share(calls);
  }

  /** Divides the calls into parts of about equal length and runs them. */
  #share(calls: readonly Call[]): void {
    const total = calls.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0);
    const bytes = Math.max(0, ...calls.map(({ split, args }) => split.scratch?.bytes(this.#alone, args) ?? 0));
    const scratch = bytes > 0 ? this.#pool.scratch(bytes) : 0;
    if (total < WORTH) {
      for (const call of calls) call.alone(...partsOf(call, 1, scratch)[0]!.args);
      return;
    }
    const threads = this.#count;
    const fine = Math.max(LEAST, total / (threads * PARTS));
    const lists = Array.from({ length: threads }, () => ({ tasks: [] as Task[], nanoseconds: 0 }));
    for (const call of [...calls].sort((a, b) => b.nanoseconds - a.nanoseconds)) {
      const { split, args, nanoseconds } = call;
      const parts = split.coarse ? Math.min(threads, nanoseconds / LEAST) : nanoseconds / fine;
      const count = Math.max(1, Math.min(split.units(args), Math.ceil(parts)));
      const shortest = lists.reduce((a, b) => (b.nanoseconds < a.nanoseconds ? b : a));
      partsOf(call, count, scratch).forEach((task, i) => {
        // Neighbours go to one thread, the same from call to call: what it writes in one it often reads in the next.
        const list = count === 1 ? shortest : lists[Math.floor((i * threads) / count)]!;
        list.tasks.push(task);
        list.nanoseconds += nanoseconds / count;
      });
    }
    this.#pool.run(lists.map(({ tasks }) => tasks));
  }

  dispose(): void {
    this.#pool.dispose();
  }
}

/** The call in so many parts, with that scratch. */
function partsOf({ kernel, split, args }: Call, count: number, scratch: number): Task[] {
  const units = split.units(args);
  return Array.from({ length: count }, (_, i) => {
    const [first, last] = [Math.floor((i * units) / count), Math.floor(((i + 1) * units) / count)];
    const part = count === 1 ? [...args] : split.part(args, first, last);
    if (split.scratch) part[split.scratch.place] = scratch;
    return { kernel, args: part };
  });
}
