// Threads that come, work, fail and end. Two kernels of a few instructions, whose ends the tests have in their hands.

import { Worker as OtherWorker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ThreadError } from "../../src/errors.ts";
import { Pool } from "../../src/threads/pool.ts";
import type { SharedKernels } from "../../src/wasm/threads.ts";
import {
  MORTAL,
  refuseWorkers,
  restoreWorkers,
  SILENT,
  type Worker,
  watchWorkers,
  workersAtWork,
} from "../support/workers.ts";

/**
 * hold(p): writes 1 to p, then waits until p + 4 holds something else than 0; trap(p): unreachable.
 */
const BINARY = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, 5, 1, 0x60, 1, 0x7f, 0],
    [0x02, 16, 1, 3, ...Buffer.from("env"), 6, ...Buffer.from("memory"), 2, 3, 1, 1],
    [0x03, 3, 2, 0, 0],
    [0x07, 15, 2, 4, ...Buffer.from("hold"), 0, 0, 4, ...Buffer.from("trap"), 0, 1],
    [0x0a, 26, 2, 20, 0, 0x20, 0, 0x41, 1, 0x36, 2, 0],
    [0x03, 0x40, 0x20, 0, 0x28, 2, 4, 0x45, 0x0d, 0, 0x0b, 0x0b, 3, 0, 0x00, 0x0b],
  ].flat(),
);
const [HOLD, TRAP] = [0, 1];
const KERNELS = [
  ["hold", -1],
  ["trap", -1],
] as const;

/** All that were started, in order. */
let workers: Worker[] = [];
let pool: Pool;

beforeEach(() => {
  workers = watchWorkers();
});
afterEach(() => {
  restoreWorkers();
  vi.useRealTimers();
  pool.dispose();
});

/** A pool whose first thread has kernels of its own, in TypeScript. */
async function start(count: number, alone: { hold?: (p: number) => void; trap?: (p: number) => void } = {}) {
  const wasm = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const words = new Int32Array(wasm.buffer);
  const nothing = () => {};
  const shared = {
    module: new WebAssembly.Module(BINARY),
    memory: { wasm, allocate: () => 64, free: nothing },
    kernels: { hold: nothing, trap: nothing, ...alone },
  } as unknown as SharedKernels;
  const failures: string[] = [];
  pool = await Pool.start(shared, count, KERNELS, (reason) => failures.push(reason));
  return { pool, words, failures };
}

/** Waits, at most a second, until another thread has written the word. */
const awaitWord = (words: Int32Array, index: number) => {
  const began = performance.now();
  while (Atomics.load(words, index) === 0 && performance.now() - began < 1000);
  expect(Atomics.load(words, index)).toBe(1);
};
const pause = (milliseconds: number) => {
  const began = performance.now();
  while (performance.now() - began < milliseconds);
};
const hold = (p: number) => ({ kernel: HOLD, args: [p] });

test("tasks run side by side, on all threads", async () => {
  const { words, failures } = await start(3, {
    // What the two others write; they wait for what this one writes.
    hold: (p) => {
      for (const other of [0, 64, 128]) if (other !== p) awaitWord(words, other / 4);
      for (const other of [0, 64, 128]) words[other / 4 + 1] = 1;
    },
  });
  expect(failures).toEqual([]);
  pool.run([[hold(0)], [hold(64)], [hold(128)]]);
  expect([words[0], words[16], words[32]].sort()).toEqual([0, 1, 1]);
});

test("more tasks than the queue has room for, again and again", async () => {
  let mine = 0;
  const { words } = await start(2, { hold: () => mine++ });
  words.fill(1);
  for (let round = 0; round < 20; round++) {
    mine = 0;
    words[0] = 0;
    for (let i = 2; i < 2002; i += 2) words[i] = 0;
    pool.run([
      Array.from({ length: 900 }, (_, i) => hold(8 * i + 8)),
      Array.from({ length: 100 }, (_, i) => hold(8 * i + 7208)),
    ]);
    // What this thread did not count, the other has written.
    const theirs = words.subarray(2, 2002).filter((value, i) => i % 2 === 0 && value === 1).length;
    expect(mine + theirs).toBe(1000);
  }
});

describe("failures", () => {
  test("a kernel that fails on another thread is a ThreadError, and the thread goes on", async () => {
    const { words } = await start(2, { trap: () => awaitWord(words, 0), hold: () => awaitWord(words, 0) });
    words[1] = 1;
    // The first thread waits for the other's, so the other takes two of three.
    const tasks = [{ kernel: TRAP, args: [0] }, { kernel: TRAP, args: [0] }, hold(0)];
    const failed = vi.fn(() => pool.run([[], tasks]));
    expect(failed).toThrow(ThreadError);
    expect(String(failed.mock.results[0]!.value)).toMatch(/a kernel failed on thread 1: RuntimeError: unreachable/);
    words[0] = 0;
    pool.run([[hold(0)], [hold(0)]]);
    expect(words[0]).toBe(1);
    expect(workers).toHaveLength(1);
  });

  test("an error of the first thread comes out when the others are done, and what is left is left", async () => {
    const { words } = await start(2, {
      hold: () => {
        awaitWord(words, 0);
        words[1] = 1;
        throw new RangeError("mine");
      },
    });
    expect(() => pool.run([[hold(0)], Array.from({ length: 100 }, () => hold(0))])).toThrow("mine");
    pool.run([]);
    expect(workers).toHaveLength(1);
  });

  test("a thread that is ended at work: ThreadError instead of waiting for ever, then another in its place", async () => {
    let end = () => {
      workers[0]!.terminate();
    };
    const { words } = await start(2, {
      hold: () => {
        awaitWord(words, 0);
        end();
      },
    });
    const began = performance.now();
    const run = () => pool.run([[hold(0)], [hold(0)]]);
    expect(run).toThrow(ThreadError);
    // By a look at the thread, not by losing patience.
    expect(performance.now() - began).toBeLessThan(5000);
    await workersAtWork(workers, 2);
    // The new one works: each side waits for the other.
    words[0] = 0;
    end = () => {
      words[1] = 1;
    };
    run();
  });

  test("a thread that ends between two runs is told of once", async () => {
    const { words } = await start(2);
    words[1] = 1;
    await workers[0]!.terminate();
    expect(() => pool.run([[], [hold(0)]])).toThrow(/thread 1 has ended: it exited with code 1/);
    pool.run([[hold(0)], [hold(0)]]);
    await workersAtWork(workers, 2);
    pool.run([[hold(0)], [hold(0)]]);
  });

  test("threads that end one after another: ThreadErrors, and none between two turns of the event loop", async () => {
    restoreWorkers();
    workers = watchWorkers(() => MORTAL);
    await start(2, { hold: () => pause(2) });
    /** Runs until one fails, and fifty times more, without a turn of the event loop: how many have failed. */
    const failing = () => {
      const began = performance.now();
      let errors = 0;
      // On a busy machine the other thread may be late.
      for (let left = 50; left > 0 && performance.now() - began < 5000; left -= errors) {
        try {
          pool.run([[hold(0)], [hold(0)]]);
        } catch (error) {
          expect(error).toBeInstanceOf(ThreadError);
          errors++;
        }
      }
      return errors;
    };
    expect(failing()).toBe(1);
    await workersAtWork(workers, 2);
    expect(failing()).toBe(1);
    await workersAtWork(workers, 3);
  });

  test("a thread at work is waited for when another has ended", async () => {
    const { words } = await start(3, {
      hold: (p) => {
        for (const other of [0, 64, 128]) if (other !== p) awaitWord(words, other / 4);
        workers[0]!.terminate();
        Atomics.store(words, 4, 1);
        Atomics.notify(words, 4);
      },
    });
    // Lets the one at work finish, much later.
    const release = new OtherWorker(
      `const words = new Int32Array(require("node:worker_threads").workerData);
       Atomics.wait(words, 4, 0);
       Atomics.wait(words, 5, 0, 300);
       for (const word of [1, 17, 33]) Atomics.store(words, word, 1);`,
      { eval: true, workerData: words.buffer },
    );
    await new Promise((resolve) => release.once("online", resolve));
    expect(() => pool.run([[hold(0)], [hold(64)], [hold(128)]])).toThrow(/thread 1 has ended/);
    expect([words[1], words[17], words[33]]).toEqual([1, 1, 1]);
  });
});

test("threads that do not start are told of, and the work is done without them", async () => {
  refuseWorkers("none to be had");
  let mine = 0;
  const { failures } = await start(3, { hold: () => mine++ });
  expect(failures).toEqual(["none to be had", "none to be had"]);
  pool.run([[hold(0)], [hold(0)], [hold(0)]]);
  expect(mine).toBe(3);
});

test("a thread that is never ready is given up, and the others work", async () => {
  restoreWorkers();
  workers = watchWorkers((number) => (number === 0 ? SILENT : ""));
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const starting = start(3);
  await workers[1]!.ready;
  const ended = new Promise((resolve) => workers[0]!.once("exit", resolve));
  vi.advanceTimersByTime(9000);
  expect(await Promise.race([starting, new Promise((resolve) => setTimeout(resolve, 50))])).toBe(undefined);
  vi.advanceTimersByTime(1000);
  const { words, failures } = await starting;
  expect(failures).toEqual(["it was not ready within 10 seconds"]);
  await ended;
  words[1] = 1;
  pool.run([[hold(0)], [hold(0)], [hold(0)]]);
});

test("threads end with the pool", async () => {
  await start(2);
  const ended = new Promise((resolve) => workers[0]!.once("exit", resolve));
  pool.dispose();
  await ended;
  expect(workers).toHaveLength(1);
});
