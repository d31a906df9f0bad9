// What a worker thread does: it takes tasks from the queues (queue.ts) until it is ended, spinning for a moment when there are
// none, then asleep.
//
// `work` reaches its thread as text, without the rest of this library, so that neither Node nor a browser nor a bundler has to
// find a file. It must therefore name nothing outside of itself, and no function inside, which some compilers wrap in a
// helper of theirs.

import type { LinearMemory } from "../wasm/memory.ts";
import type { QueueLayout } from "./queue.ts";

/** What a thread is told when it starts. */
export interface WorkerStart {
  /** A WebAssembly.Module. */
  readonly module: object;
  readonly memory: LinearMemory;
  readonly queues: SharedArrayBuffer;
  readonly layout: QueueLayout;
  /** From 1; 0 is the thread that the engine belongs to. */
  readonly thread: number;
  /** The kernels that tasks number, and which argument is the scratch's pointer, or −1. */
  readonly kernels: readonly (readonly [name: string, scratch: number])[];
  /** Milliseconds of spinning before sleep. */
  readonly spin: number;
}

/** @param ready called once; no task is taken before the first thread has then admitted this one */
export function work(start: WorkerStart, ready: () => void): void {
  const { layout, kernels, thread } = start;
  const words = new Int32Array(start.queues, 0, layout.words);
  const tasks = new Float64Array(start.queues, layout.tasks);
  const instance = new WebAssembly.Instance(start.module as WebAssembly.Module, {
    env: { memory: start.memory as WebAssembly.Memory },
  });
  const busy = layout.busy + thread * layout.line;
  const canPause = "pause" in Atomics;
  let rounds = 0;
  let idleSince = 0;
  ready();
  Atomics.wait(words, layout.admitted + thread * layout.line, 0);
  for (;;) {
    const epoch = Atomics.load(words, layout.epoch);
    let queue = thread;
    let ticket = 0;
    let published = 0;
    for (let i = 0; i < layout.threads; i++) {
      queue = (thread + i) % layout.threads;
      // In this order: the next ticket is then at most what has been published.
      ticket = Atomics.load(words, layout.taken + queue * layout.line);
      published = Atomics.load(words, layout.published + queue * layout.line);
      if (ticket !== published) break;
    }
    if (ticket === published) {
      if (rounds === 0) idleSince = performance.now();
      if (++rounds % 64 !== 0 || performance.now() - idleSince < start.spin) {
        if (canPause) (Atomics as unknown as { pause(): void }).pause();
        continue;
      }
      Atomics.add(words, layout.sleepers, 1);
      Atomics.wait(words, layout.epoch, epoch);
      Atomics.sub(words, layout.sleepers, 1);
      rounds = 0;
      continue;
    }
    rounds = 0;
    Atomics.store(words, busy, 1);
    const taken = layout.taken + queue * layout.line;
    if (Atomics.compareExchange(words, taken, ticket, (ticket + 1) | 0) === ticket) {
      try {
        const at = (queue * layout.slots + (ticket & (layout.slots - 1))) * layout.slot;
        const [name, scratch] = kernels[tasks[at]!]!;
        const count = tasks[at + 2]!;
        const args: number[] = [];
        for (let i = 0; i < count; i++) args.push(tasks[at + 3 + i]!);
        if (scratch >= 0) args[scratch]! += thread * tasks[at + 1]!;
        (instance.exports[name] as (...args: number[]) => void).apply(null, args);
      } catch (error) {
        const text = new Uint16Array(start.queues, layout.text, layout.textLength);
        const message = String(error).slice(0, layout.textLength);
        for (let i = 0; i < layout.textLength; i++) text[i] = i < message.length ? message.charCodeAt(i) : 0;
        Atomics.store(words, layout.failed, thread);
      }
    }
    Atomics.store(words, busy, 0);
    if (Atomics.load(words, layout.waiting) !== 0) Atomics.notify(words, busy);
  }
}
