// The threads of one engine: a crew of them, and another when one of its threads has ended before its time. The new crew takes
// over when the event loop says that it is ready, never in the midst of a run; until then the calling thread works alone.

import { ThreadError } from "../errors.ts";
import type { SharedKernels } from "../wasm/threads.ts";
import { Crew, type Functions, type Task } from "./crew.ts";
import type { WorkerStart } from "./worker.ts";

export class Pool {
  readonly #shared: SharedKernels;
  readonly #count: number;
  readonly #kernels: WorkerStart["kernels"];
  readonly #functions: Functions;
  readonly #onFailure: (reason: string) => void;
  /** Null while a new one is on its way. */
  #crew: Crew | null = null;
  #disposed = false;
  /** A piece for each thread. */
  #scratch = { pointer: 0, bytes: 0 };

  private constructor(
    shared: SharedKernels,
    count: number,
    kernels: WorkerStart["kernels"],
    onFailure: (reason: string) => void,
  ) {
    this.#shared = shared;
    this.#count = count;
    this.#kernels = kernels;
    const exports = shared.kernels as unknown as Record<string, (...args: number[]) => void>;
    this.#functions = kernels.map(([name]) => exports[name]!);
    this.#onFailure = onFailure;
  }

  /**
   * A pool whose threads are ready.
   * @param count threads, the calling one included
   * @param onFailure told for each that could not be started, now or later, why
   */
  static async start(
    shared: SharedKernels,
    count: number,
    kernels: WorkerStart["kernels"],
    onFailure: (reason: string) => void,
  ): Promise<Pool> {
    const pool = new Pool(shared, count, kernels, onFailure);
    await pool.#gather();
    return pool;
  }

  async #gather(): Promise<void> {
    const crew = await Crew.start(this.#shared, this.#count, this.#kernels, this.#functions, this.#onFailure);
    if (this.#disposed) crew.end();
    else this.#crew = crew;
  }

  /** Scratch for every thread of at least `bytes`; the first thread's. */
  scratch(bytes: number): number {
    if (bytes > this.#scratch.bytes) {
      const { memory } = this.#shared;
      if (this.#scratch.pointer) memory.free(this.#scratch.pointer);
      this.#scratch = { pointer: 0, bytes: 0 };
      const each = Math.ceil(bytes / 4096) * 4096;
      this.#scratch = { pointer: memory.allocate(each * this.#count), bytes: each };
    }
    return this.#scratch.pointer;
  }

  /**
   * Runs all tasks, in any order, and returns when they are done. Their scratch pointers are that of `scratch`.
   * @param lists for each thread those that it should take first
   * @throws ThreadError if a kernel fails on another thread, or a thread has ended, now or since the last run
   */
  run(lists: readonly (readonly Task[])[]): void {
    const crew = this.#crew;
    if (crew === null) {
      for (const { kernel, args } of lists.flat()) this.#functions[kernel]!(...args);
      return;
    }
    this.#replaceIfEnded(crew);
    crew.run(lists, this.#scratch.bytes);
    this.#replaceIfEnded(crew);
    if (crew.failure !== null) throw new ThreadError(crew.failure);
  }

  #replaceIfEnded({ ends }: Crew): void {
    if (ends.length === 0) return;
    this.#crew?.end();
    this.#crew = null;
    this.#gather().catch((error: Error) => this.#onFailure(error.message));
    throw new ThreadError(
      `${ends.join("; ")}. What was computed meanwhile may be incomplete: repeat it from numbers that you know, such as a ` +
        "checkpoint. The engine goes on alone, and with new threads as soon as they are ready",
    );
  }

  /** Makes threads that sleep look for tasks, for a while. */
  wake(): void {
    this.#crew?.wake();
  }

  /** Ends the threads. */
  dispose(): void {
    this.#disposed = true;
    this.#crew?.end();
    this.#crew = null;
  }
}
