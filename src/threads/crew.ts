// Threads that take their tasks from the same queues (queue.ts), on one list of tasks at a time. The calling thread takes tasks
// as well, and so the list gets done however many of the others are there.
//
// A run is over when all tasks are taken and no thread is busy, which queue.ts shows to be enough. It stays enough when a
// thread ends, at whatever moment: only threads that the crew knows of, and therefore waits for, are admitted to the queues;
// one that has ended is no longer waited for, the others are; and a crew that has lost a thread is given up with its queues,
// in which nothing is published any more, so that a thread that was only thought to have ended finds no task there, and its
// word is nobody else's. What such a thread still writes of the task that it had, nobody can prevent: hence a ThreadError.

import type { SharedKernels } from "../wasm/threads.ts";
import { maySleep, startThread, type Thread } from "./host.ts";
import { emptyQueues, type QueueLayout, queueLayout } from "./queue.ts";
import type { WorkerStart } from "./worker.ts";

/** Milliseconds that a thread spins, waiting for another, before it sleeps: waking takes some hundredths of one. */
const SPIN = 0.5;
/** Milliseconds between two looks at whether a thread that is waited for still lives. */
const LOOK = 20;
/** Looks after which a thread that is at one and the same task is given up, where the runtime does not tell of its end. */
const PATIENCE = 3000;

/** A kernel's call on a part of its work; `kernel`: its number in `WorkerStart.kernels`. */
export interface Task {
  readonly kernel: number;
  readonly args: number[];
}

/** The kernels that tasks number, on the calling thread. */
export type Functions = readonly ((...args: number[]) => void)[];

export class Crew {
  /** Why threads have ended, other than by `end()`. */
  readonly ends: string[] = [];
  readonly #functions: Functions;
  readonly #layout: QueueLayout;
  readonly #queues: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #slots: Float64Array;
  readonly #maySleep = maySleep();
  /** By number, from 1, those that are admitted and not known to have ended. */
  readonly #threads = new Map<number, Thread>();

  private constructor(count: number, functions: Functions) {
    this.#functions = functions;
    this.#layout = queueLayout(count);
    this.#queues = emptyQueues(this.#layout);
    this.#words = new Int32Array(this.#queues, 0, this.#layout.words);
    this.#slots = new Float64Array(this.#queues, this.#layout.tasks);
  }

  /**
   * A crew whose threads are ready.
   * @param count threads, the calling one included
   * @param onFailure told for each that could not be started why
   */
  static async start(
    { module, memory }: SharedKernels,
    count: number,
    kernels: WorkerStart["kernels"],
    functions: Functions,
    onFailure: (reason: string) => void,
  ): Promise<Crew> {
    const crew = new Crew(count, functions);
    const start = { module, memory: memory.wasm, queues: crew.#queues, layout: crew.#layout, kernels, spin: SPIN };
    await Promise.all(
      Array.from({ length: count - 1 }, async (_, i) => {
        const thread = i + 1;
        try {
          crew.#admit(thread, await startThread({ ...start, thread }, (reason) => crew.#lose(thread, reason)));
        } catch (error) {
          onFailure((error as Error).message);
        }
      }),
    );
    return crew;
  }

  #admit(number: number, thread: Thread): void {
    this.#threads.set(number, thread);
    const word = this.#layout.admitted + number * this.#layout.line;
    Atomics.store(this.#words, word, 1);
    Atomics.notify(this.#words, word);
  }

  #lose(number: number, reason: string): void {
    this.#threads.get(number)?.end();
    this.#threads.delete(number);
    this.ends.push(`thread ${number} has ended: ${reason}`);
  }

  /** What went wrong when a kernel failed on another thread in the last run; null if none did. */
  get failure(): string | null {
    const { failed, text, textLength } = this.#layout;
    const thread = Atomics.load(this.#words, failed);
    if (thread === 0) return null;
    const units = new Uint16Array(this.#queues, text, textLength);
    return `a kernel failed on thread ${thread}: ${String.fromCharCode(...units).replace(/\0+$/, "")}`;
  }

  /**
   * Runs all tasks, in any order, and returns when they are done, or some never will be: see `ends` and `failure`.
   * @param lists for each thread those that it should take first
   * @param scratch bytes from one thread's scratch to the next one's
   */
  run(lists: readonly (readonly Task[])[], scratch: number): void {
    const { failed, slots } = this.#layout;
    Atomics.store(this.#words, failed, 0);
    for (let first = 0; lists.some(({ length }) => length > first); first += slots) {
      this.#runRound(
        lists.map((list) => list.slice(first, first + slots)),
        scratch,
      );
      if (this.ends.length > 0 || this.failure !== null) return;
    }
  }

  /** As many tasks of each list as a queue has slots. */
  #runRound(lists: readonly (readonly Task[])[], scratch: number): void {
    lists.forEach((tasks, queue) => {
      this.#publish(queue, tasks, scratch);
    });
    Atomics.add(this.#words, this.#layout.epoch, 1);
    this.wake();
    try {
      lists.forEach((tasks, queue) => {
        this.#take(queue, tasks);
      });
    } finally {
      // Also after an error of this thread: tasks that nobody has taken are taken back, those at work are waited for.
      for (const queue of lists.keys()) this.#withdraw(queue);
      this.#wait();
    }
  }

  /** Makes threads that sleep look for tasks, for a while. */
  wake(): void {
    const { epoch, sleepers } = this.#layout;
    if (Atomics.load(this.#words, sleepers) === 0) return;
    Atomics.add(this.#words, epoch, 1);
    Atomics.notify(this.#words, epoch);
  }

  #publish(queue: number, tasks: readonly Task[], scratch: number): void {
    const { published, line, slot, slots } = this.#layout;
    const word = published + queue * line;
    const first = Atomics.load(this.#words, word);
    tasks.forEach(({ kernel, args }, i) => {
      const at = (queue * slots + ((first + i) & (slots - 1))) * slot;
      this.#slots[at] = kernel;
      this.#slots[at + 1] = scratch;
      this.#slots[at + 2] = args.length;
      this.#slots.set(args, at + 3);
    });
    Atomics.store(this.#words, word, (first + tasks.length) | 0);
  }

  /** Does what is left of a queue that has just been published. */
  #take(queue: number, tasks: readonly Task[]): void {
    const words = this.#words;
    const taken = this.#layout.taken + queue * this.#layout.line;
    const end = Atomics.load(words, this.#layout.published + queue * this.#layout.line);
    for (let ticket = Atomics.load(words, taken); ticket !== end; ticket = Atomics.load(words, taken)) {
      if (Atomics.compareExchange(words, taken, ticket, (ticket + 1) | 0) !== ticket) continue;
      const { kernel, args } = tasks[tasks.length - ((end - ticket) | 0)]!;
      this.#functions[kernel]!(...args);
    }
  }

  /** Takes all that nobody has taken. */
  #withdraw(queue: number): void {
    const { taken, published, line } = this.#layout;
    Atomics.store(this.#words, taken + queue * line, Atomics.load(this.#words, published + queue * line));
  }

  /** Waits until no thread is busy. All tasks are taken by now: each thread has one more to do at most. */
  #wait(): void {
    if (this.#spin()) return;
    Atomics.store(this.#words, this.#layout.waiting, 1);
    for (const [number, thread] of this.#threads) {
      const end = this.#outwait(number, thread);
      if (end !== null) this.#lose(number, end);
    }
    Atomics.store(this.#words, this.#layout.waiting, 0);
  }

  /** Whether for a moment's waiting no thread is busy any more. */
  #spin(): boolean {
    const began = performance.now();
    do {
      for (let i = 0; i < 64; i++) if (!this.#isAnyBusy()) return true;
    } while (performance.now() - began < SPIN);
    return false;
  }

  /** Sleeps until a thread is not busy any more, and returns null; or, if that will never be, why. */
  #outwait(number: number, thread: Thread): string | null {
    for (let look = 0; look < PATIENCE; look++) {
      if (!this.#isBusy(number)) return null;
      if (thread.ended) return "in the midst of a task";
      this.#sleep(number);
    }
    return "it does not answer any more";
  }

  #isAnyBusy(): boolean {
    for (const number of this.#threads.keys()) if (this.#isBusy(number)) return true;
    return false;
  }

  #isBusy(number: number): boolean {
    return Atomics.load(this.#words, this.#layout.busy + number * this.#layout.line) !== 0;
  }

  /** For a while, or until a thread is not busy any more. */
  #sleep(number: number): void {
    if (this.#maySleep) {
      Atomics.wait(this.#words, this.#layout.busy + number * this.#layout.line, 1, LOOK);
      return;
    }
    const began = performance.now();
    while (performance.now() - began < LOOK && this.#isBusy(number));
  }

  /** Ends the threads. */
  end(): void {
    for (const thread of this.#threads.values()) thread.end();
    this.#threads.clear();
  }
}
