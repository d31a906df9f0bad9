// The threads of one engine, at work on one list of tasks at a time. The thread that asks takes tasks as well, and so the
// list gets done however many of the others are there.

import { ThreadError } from "../errors.ts";
import type { SharedKernels } from "../wasm/threads.ts";
import { maySleep, startThread, type Thread } from "./host.ts";
import { emptyQueues, type QueueLayout, queueLayout } from "./queue.ts";
import type { WorkerStart } from "./worker.ts";

/** Milliseconds that a thread spins, waiting for another, before it sleeps: waking takes some hundredths of one. */
const SPIN = 0.5;
/** Milliseconds between two looks at whether the threads that are waited for still live. */
const LOOK = 20;
/** Looks without any progress after which a thread is given up, where the runtime does not tell that one has ended. */
const PATIENCE = 3000;

/** A kernel's call on a part of its work; `kernel`: its number in `WorkerStart.kernels`. */
export interface Task {
  readonly kernel: number;
  readonly args: number[];
}

export class Pool {
  readonly #shared: SharedKernels;
  readonly #kernels: WorkerStart["kernels"];
  readonly #functions: readonly ((...args: number[]) => void)[];
  readonly #layout: QueueLayout;
  readonly #queues: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #slots: Float64Array;
  readonly #maySleep = maySleep();
  /** By number, from 1; null where one has ended or not yet started. */
  readonly #threads: (Thread | null)[];
  /** Why threads have ended of which nobody has been told. */
  #ends: string[] = [];
  #disposed = false;
  /** A piece for each thread. */
  #scratch = { pointer: 0, bytes: 0 };

  /** @param count threads, the asking one included */
  private constructor(shared: SharedKernels, count: number, kernels: WorkerStart["kernels"]) {
    this.#shared = shared;
    this.#kernels = kernels;
    const exports = shared.kernels as unknown as Record<string, (...args: number[]) => void>;
    this.#functions = kernels.map(([name]) => exports[name]!);
    this.#layout = queueLayout(count);
    this.#queues = emptyQueues(this.#layout);
    this.#words = new Int32Array(this.#queues, 0, this.#layout.words);
    this.#slots = new Float64Array(this.#queues, this.#layout.tasks);
    this.#threads = new Array<Thread | null>(count).fill(null);
  }

  /** A pool whose threads are ready; of those that could not be started the reasons are told to `onFailure`. */
  static async start(
    shared: SharedKernels,
    count: number,
    kernels: WorkerStart["kernels"],
    onFailure: (reason: string) => void,
  ): Promise<Pool> {
    const pool = new Pool(shared, count, kernels);
    await Promise.all(
      Array.from({ length: count - 1 }, (_, i) =>
        pool.#startThread(i + 1).catch((error: Error) => onFailure(error.message)),
      ),
    );
    return pool;
  }

  async #startThread(number: number): Promise<void> {
    const { module, memory } = this.#shared;
    const start: WorkerStart = {
      module,
      memory: memory.wasm,
      queues: this.#queues,
      layout: this.#layout,
      thread: number,
      kernels: this.#kernels,
      spin: SPIN,
    };
    const thread = await startThread(start, (reason) => this.#bury(number, reason));
    if (this.#disposed) thread.end();
    else this.#threads[number] = thread;
  }

  /** Takes note of a thread's end, and starts another in its place. */
  #bury(number: number, reason: string): void {
    if (this.#disposed || this.#threads[number] === null) return;
    this.#threads[number]!.end();
    this.#threads[number] = null;
    this.#ends.push(`thread ${number} has ended: ${reason}`);
    Atomics.store(this.#words, this.#layout.busy + number * this.#layout.line, 0);
    this.#startThread(number).catch(() => {
      // Those that are left do the work.
    });
  }

  /** Threads that take tasks at present, this one included. */
  get alive(): number {
    return 1 + this.#threads.filter((thread) => thread !== null).length;
  }

  /** Scratch for every thread of at least `bytes`; the first thread's. */
  scratch(bytes: number): number {
    if (bytes > this.#scratch.bytes) {
      const { memory } = this.#shared;
      if (this.#scratch.pointer) memory.free(this.#scratch.pointer);
      this.#scratch = { pointer: 0, bytes: 0 };
      const each = Math.ceil(bytes / 4096) * 4096;
      this.#scratch = { pointer: memory.allocate(each * this.#threads.length), bytes: each };
    }
    return this.#scratch.pointer;
  }

  /**
   * Runs all tasks, in any order, and returns when they are done. Their scratch pointers are that of `scratch`.
   * @param lists for each thread those that it should take first
   * @throws ThreadError if a kernel fails on another thread, or a thread has ended, now or since the last run
   */
  run(lists: readonly (readonly Task[])[]): void {
    this.#tellEnds();
    const { slots } = this.#layout;
    for (let first = 0; lists.some(({ length }) => length > first); first += slots) {
      this.#runAtMostRings(first === 0 ? lists : lists.map((list) => list.slice(first)));
    }
  }

  /** As many tasks of each list as a queue has slots. */
  #runAtMostRings(lists: readonly (readonly Task[])[]): void {
    const words = this.#words;
    const { finished, failed, slots } = this.#layout;
    Atomics.store(words, failed, 0);
    let end = Atomics.load(words, finished);
    lists.forEach((list, queue) => {
      const tasks = list.length > slots ? list.slice(0, slots) : list;
      this.#publish(queue, tasks);
      end = (end + tasks.length) | 0;
    });
    Atomics.add(words, this.#layout.epoch, 1);
    this.wake();
    try {
      lists.forEach((list, queue) => {
        this.#take(queue, list);
      });
    } finally {
      // Also after an error of this thread: tasks that nobody has taken are taken back, those at work are waited for.
      for (const queue of lists.keys()) this.#withdraw(queue);
      this.#wait(end);
    }
    this.#tellEnds();
    if (Atomics.load(words, failed) !== 0) throw this.#failure();
  }

  /** Makes threads that sleep look for tasks, for a while. */
  wake(): void {
    const { epoch, sleepers } = this.#layout;
    if (Atomics.load(this.#words, sleepers) === 0) return;
    Atomics.add(this.#words, epoch, 1);
    Atomics.notify(this.#words, epoch);
  }

  #publish(queue: number, tasks: readonly Task[]): void {
    const { published, line, slot, slots } = this.#layout;
    const word = published + queue * line;
    const first = Atomics.load(this.#words, word);
    tasks.forEach(({ kernel, args }, i) => {
      const at = (queue * slots + ((first + i) & (slots - 1))) * slot;
      this.#slots[at] = kernel;
      this.#slots[at + 1] = this.#scratch.bytes;
      this.#slots[at + 2] = args.length;
      this.#slots.set(args, at + 3);
    });
    Atomics.store(this.#words, word, (first + tasks.length) | 0);
  }

  /** Does what is left of a queue that has just been published. */
  #take(queue: number, tasks: readonly Task[]): void {
    const words = this.#words;
    const { published, finished, line } = this.#layout;
    const taken = this.#layout.taken + queue * line;
    const end = Atomics.load(words, published + queue * line);
    const count = Math.min(tasks.length, this.#layout.slots);
    for (let ticket = Atomics.load(words, taken); ticket !== end; ticket = Atomics.load(words, taken)) {
      if (Atomics.compareExchange(words, taken, ticket, (ticket + 1) | 0) !== ticket) continue;
      const { kernel, args } = tasks[count - ((end - ticket) | 0)]!;
      try {
        this.#functions[kernel]!(...args);
      } finally {
        Atomics.add(words, finished, 1);
      }
    }
  }

  /** Counts tasks that nobody has taken as taken and finished. */
  #withdraw(queue: number): void {
    const { published, finished, line } = this.#layout;
    const taken = this.#layout.taken + queue * line;
    const end = Atomics.load(this.#words, published + queue * line);
    for (let ticket = Atomics.load(this.#words, taken); ticket !== end; ) {
      const seen = Atomics.compareExchange(this.#words, taken, ticket, end);
      if (seen === ticket) {
        Atomics.add(this.#words, finished, (end - ticket) | 0);
        return;
      }
      ticket = seen;
    }
  }

  /** Waits until all tasks are finished, or lost with the threads that had them. */
  #wait(end: number): void {
    const words = this.#words;
    const { finished, waiting } = this.#layout;
    const began = performance.now();
    while (performance.now() - began < SPIN) {
      for (let i = 0; i < 64; i++) if (Atomics.load(words, finished) === end) return;
    }
    Atomics.store(words, waiting, 1);
    let [progress, patience] = [Atomics.load(words, finished), PATIENCE];
    for (;;) {
      const now = Atomics.load(words, finished);
      if (now === end) break;
      patience = now === progress ? patience - 1 : PATIENCE;
      progress = now;
      this.#sleep(finished, now);
      for (const [number, thread] of this.#threads.entries()) {
        if (thread?.ended) this.#bury(number, "something outside has ended it");
        else if (thread && patience <= 0 && this.#isBusy(number)) this.#bury(number, "it does not answer any more");
      }
      // What is finished is read after who is busy: who is not has counted its task.
      const idle = this.#threads.every((thread, number) => thread === null || !this.#isBusy(number));
      if (idle && this.#ends.length > 0) Atomics.store(words, finished, end);
    }
    Atomics.store(words, waiting, 0);
  }

  #isBusy(number: number): boolean {
    return Atomics.load(this.#words, this.#layout.busy + number * this.#layout.line) !== 0;
  }

  /** For a while, or until the word is no longer `value`. */
  #sleep(word: number, value: number): void {
    if (this.#maySleep) {
      Atomics.wait(this.#words, word, value, LOOK);
      return;
    }
    const began = performance.now();
    while (performance.now() - began < LOOK && Atomics.load(this.#words, word) === value);
  }

  #tellEnds(): void {
    if (this.#ends.length === 0) return;
    const ends = this.#ends.join("; ");
    this.#ends = [];
    throw new ThreadError(
      `${ends}. What was computed meanwhile may be incomplete: repeat it from numbers that you know, such as a checkpoint. ` +
        "The engine goes on with the threads that are left, and starts others",
    );
  }

  #failure(): ThreadError {
    const { failed, text, textLength } = this.#layout;
    const units = new Uint16Array(this.#queues, text, textLength);
    const message = String.fromCharCode(...units).replace(/\0+$/, "");
    return new ThreadError(`a kernel failed on thread ${Atomics.load(this.#words, failed)}: ${message}`);
  }

  /** Ends the threads. */
  dispose(): void {
    this.#disposed = true;
    for (const thread of this.#threads) thread?.end();
    this.#threads.fill(null);
  }
}
