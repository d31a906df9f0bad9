// Threads as the runtime has them: node:worker_threads in Node, Deno and Bun, Web Workers elsewhere.

import { type WorkerStart, work } from "./worker.ts";

/** Seconds that a thread may take to be ready. */
const START = 10;

/** A worker thread. */
export interface Thread {
  /** Whether it is known to have ended; asked in the midst of synchronous work, when no event can tell. */
  readonly ended: boolean;
  end(): void;
}

/** What we use of node:worker_threads, which the core may not import. */
interface NodeWorker {
  readonly performance?: { eventLoopUtilization?(): { readonly idle: number } };
  once(event: "message", listener: () => void): void;
  once(event: "error", listener: (error: Error) => void): void;
  once(event: "exit", listener: (code: number) => void): void;
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref(): void;
}
type NodeWorkerConstructor = new (source: string, options: object) => NodeWorker;

function builtin<T>(name: string): T | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): T | undefined } };
  try {
    return process?.getBuiltinModule?.(name);
  } catch {
    return undefined; // Next's edge has this function in name only.
  }
}

/**
 * Whether this is Node itself, which gives −1 for the idle time of a thread that is no more, without waiting for the event, to
 * those who have asked before. Bun and Deno, which have its modules as well, do not.
 */
function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: object } };
  return !["bun", "deno"].some((name) => name in (process?.versions ?? {}));
}

const nodeWorkers = () => builtin<{ Worker?: NodeWorkerConstructor }>("node:worker_threads")?.Worker;

/** What is missing for threads here, null if nothing is. */
export function missing(): string | null {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (typeof SharedArrayBuffer !== "function") {
    return "SharedArrayBuffer (a page has it when it is served cross-origin isolated, with the headers COOP and COEP)";
  }
  if (nodeWorkers()) return null;
  if (crossOriginIsolated === false) return "cross-origin isolation (the headers COOP and COEP)";
  return typeof Worker === "function" ? null : "workers";
}

/** Processors of this machine, 1 if the runtime does not say. */
export function processors(): number {
  const os = builtin<{ availableParallelism?(): number }>("node:os");
  return os?.availableParallelism?.() ?? (globalThis as { navigator?: Navigator }).navigator?.hardwareConcurrency ?? 1;
}

/** Whether this thread may sleep until another wakes it; the main thread of a page may not. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a thread, which does not keep the process alive, and waits until it is ready; rejects if it does not get so far.
 * @param onEnd called when it ends after that, except by `end()`, with the reason
 */
export function startThread(start: WorkerStart, onEnd: (reason: string) => void): Promise<Thread> {
  const Worker = nodeWorkers();
  return Worker ? startNodeThread(Worker, start, onEnd) : startWebThread(start, onEnd);
}

function startNodeThread(
  Worker: NodeWorkerConstructor,
  start: WorkerStart,
  onEnd: (reason: string) => void,
): Promise<Thread> {
  const source = `const { parentPort } = require("node:worker_threads");
    parentPort.once("message", (start) => (${work})(start, () => parentPort.postMessage("ready")));`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(source, { eval: true, execArgv: [], name: `spherical-cnn ${start.thread}` });
    const life = new Life(reject, onEnd, () => worker.terminate());
    worker.once("error", (error) => life.over(error.message));
    worker.once("exit", (code) => life.over(`it exited with code ${code}`));
    worker.once("message", () => {
      worker.unref();
      life.begin();
      const idleTime = isNode() ? () => worker.performance?.eventLoopUtilization?.().idle ?? 0 : () => 0;
      idleTime();
      resolve({
        get ended() {
          return life.ended || idleTime() < 0;
        },
        end() {
          life.ended = true;
          worker.terminate();
        },
      });
    });
    worker.postMessage(start);
  });
}

function startWebThread(start: WorkerStart, onEnd: (reason: string) => void): Promise<Thread> {
  const source = `onmessage = ({ data }) => (${work})(data, () => postMessage("ready"));`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return new Promise<Thread>((resolve, reject) => {
    const worker = new Worker(url, { type: "module", name: `spherical-cnn ${start.thread}` });
    const life = new Life(reject, onEnd, () => worker.terminate());
    worker.onerror = ({ message }) => life.over(message || "the page does not allow it");
    worker.onmessage = () => {
      life.begin();
      resolve({
        get ended() {
          return life.ended;
        },
        end() {
          life.ended = true;
          worker.terminate();
        },
      });
    };
    worker.postMessage(start);
  }).finally(() => URL.revokeObjectURL(url));
}

/** Whom to tell of a thread's end: nobody who has asked for it. */
class Life {
  ended = false;
  #tell: (reason: string) => void;
  readonly #onEnd: (reason: string) => void;
  readonly #clock: ReturnType<typeof setInterval>;

  constructor(reject: (error: Error) => void, onEnd: (reason: string) => void, terminate: () => void) {
    this.#tell = (reason) => reject(new Error(reason));
    this.#onEnd = onEnd;
    let seconds = 0;
    // One by one, so that long synchronous work, during which no thread can say that it is ready, counts as a single one.
    this.#clock = setInterval(() => {
      if (++seconds < START) return;
      this.over(`it was not ready within ${START} seconds`);
      terminate();
    }, 1000);
  }

  begin(): void {
    clearInterval(this.#clock);
    this.#tell = this.#onEnd;
  }

  over(reason: string): void {
    clearInterval(this.#clock);
    if (!this.ended) this.#tell(reason);
    this.ended = true;
  }
}
