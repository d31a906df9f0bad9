// Worker threads that the code under test starts, in the hands of a test.

import { expect, vi } from "vitest";

type Listener = (...args: never[]) => void;

export interface Worker {
  /** When it has said so, once. */
  readonly ready: Promise<void>;
  terminate(): Promise<number>;
  once(event: "message" | "exit", listener: Listener): void;
}

const builtin = process.getBuiltinModule("node:worker_threads") as unknown as {
  Worker: new (source: string, options: object) => Omit<Worker, "ready">;
};
const { Worker: Original } = builtin;

/**
 * All that are started from now on, in order.
 * @param prelude code that the thread of that number, from 0, runs first
 */
export function watchWorkers(prelude: (number: number) => string = () => ""): Worker[] {
  const workers: Worker[] = [];
  builtin.Worker = class extends Original implements Worker {
    readonly ready = new Promise<void>((resolve) => this.once("message", () => resolve()));
    constructor(source: string, options: object) {
      super(prelude(workers.length) + source, options);
      workers.push(this);
    }
  };
  return workers;
}

/** From now on there are none to be had. */
export function refuseWorkers(reason: string): void {
  builtin.Worker = class {
    constructor() {
      throw new Error(reason);
    }
  } as never;
}

export function restoreWorkers(): void {
  builtin.Worker = Original;
}

/** Waits until so many have been started in all and are at work. */
export async function workersAtWork(workers: readonly Worker[], count: number): Promise<void> {
  await vi.waitFor(() => expect(workers).toHaveLength(count), 10_000);
  await Promise.all(workers.map(({ ready }) => ready));
  // Those who started them have heard it as well, and let them in.
  await new Promise((resolve) => setImmediate(resolve));
}

/** A prelude: at its first kernel the thread ends. */
export const MORTAL = `
  const end = () => process.exit(9);
  WebAssembly.Instance = function () {
    return { exports: new Proxy({}, { get: () => end }) };
  };
`;

/** A prelude: the thread lives, and never says that it is ready. */
export const SILENT = `
  setInterval(() => {}, 1000);
  require("node:worker_threads").parentPort.once = () => {};
`;
