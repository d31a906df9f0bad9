// The door `spherical-cnn/threads`: engines with threads, and runtimes without.

import { spawnSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ThreadError, ValueError } from "../../src/errors.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { relu } from "../../src/ops/relu.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { DENSE } from "../../src/tensor/layout.ts";
import { predict } from "../../src/train/evaluate.ts";
import { signals } from "../support/signals.ts";
import { MORTAL, restoreWorkers, watchWorkers, workersAtWork } from "../support/workers.ts";

/** Anew, since a warning comes once. */
async function freshThreads() {
  vi.resetModules();
  return (await import("../../src/threads/index.ts")).threads;
}

afterEach(() => {
  restoreWorkers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("threads", () => {
  test("takes a count or auto", async () => {
    const threads = await freshThreads();
    expect(threads(1)).toBe(null);
    expect(threads(2)).not.toBe(null);
    vi.spyOn(process.getBuiltinModule("node:os"), "availableParallelism")
      .mockReturnValueOnce(1)
      .mockReturnValueOnce(200);
    expect(threads("auto")).toBe(null);
    expect(threads()).not.toBe(null);
    for (const [count, shown] of [
      ...[0, -1, 1.5, 65, Number.NaN, Number.POSITIVE_INFINITY, null].map((value) => [value, String(value)]),
      ["two", '"two"'],
      ["2", '"2"'],
      [2n, "2n"],
    ]) {
      const expected = `threads: expected a whole number from 1 to 64, or "auto", got ${shown}`;
      expect(() => threads(count as "auto")).toThrow(expected);
    }
  });

  test("createEngine says where threads come from", async () => {
    for (const threads of [2, "auto", {}]) {
      const refused = createEngine({ threads: threads as never });
      await expect(refused).rejects.toThrow(ValueError);
      await expect(refused).rejects.toThrow(/threads must come from threads\(…\) of "spherical-cnn\/threads", got/);
    }
  });

  test("where SharedArrayBuffer is missing there is one warning, and one thread", async () => {
    vi.stubGlobal("FinalizationRegistry", undefined); // as in workerd without the flag for it
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const threads = await freshThreads();
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect(threads(2)).toBe(null);
    expect(threads(3)).toBe(null);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^spherical-cnn: one thread instead of 2: this runtime lacks SharedArrayBuffer/)],
    ]);
  });

  test("where workers are missing as well", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const threads = await freshThreads();
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    expect(threads(2)).toBe(null);
    expect(warn.mock.calls[0]![0]).toMatch(/lacks workers/);
  });

  test("where a page is not isolated", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const threads = await freshThreads();
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    vi.stubGlobal("Worker", class {});
    vi.stubGlobal("crossOriginIsolated", false);
    expect(threads(2)).toBe(null);
    expect(warn.mock.calls[0]![0]).toMatch(/lacks cross-origin isolation/);
  });
});

describe("an engine", () => {
  const shape = [4, 1, 60, 60];
  const images = signals(4 * 3600, 1).map((value) => 100 * (value + 1));
  const logits = (engine: Engine) => predict(buildNetwork("mnist-original-72", engine), images, shape);

  test("outlives its threads: a named error, and then the same bits as before", async () => {
    const threads = await freshThreads();
    const workers = watchWorkers();
    using engine = await createEngine({ threads: threads(3) });
    const before = await logits(engine);
    await workers[0]!.terminate();
    const error = await logits(engine).catch((thrown) => thrown);
    expect(error.name).toBe(ThreadError.name);
    expect(error.message).toMatch(/thread 1 has ended/);
    expect(await logits(engine)).toEqual(before);
    await workersAtWork(workers, 4);
    expect(await logits(engine)).toEqual(before);
  });

  test("outlives threads that end at every task, one crew after another, and does not wait for them for ever", () => {
    // In a process of its own, which can be ended where synchronous work hangs.
    const program = `
      import { add, createEngine } from "spherical-cnn";
      import { threads } from "spherical-cnn/threads";
      const builtin = process.getBuiltinModule("node:worker_threads");
      builtin.Worker = class extends builtin.Worker {
        constructor(source, options) {
          super(${JSON.stringify(MORTAL)} + source, options);
        }
      };
      const engine = await createEngine({ threads: threads(3) });
      const x = engine.empty({ kind: "dense" }, [1 << 20]);
      const errors = [];
      for (let turn = 0; turn < 3; turn++) {
        for (let i = 0; i < 200; i++) {
          try {
            engine.scope(() => void add(x, x));
          } catch (error) {
            errors.push(error.name);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      console.log(errors.join());
    `;
    const child = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(child).toMatchObject({ status: 0, stderr: "" });
    expect(child.stdout).toMatch(/^ThreadError(,ThreadError){0,2}\n$/);
  });

  test("that is forgotten takes its threads with it", async () => {
    const threads = await freshThreads();
    const workers = watchWorkers();
    const use = async () => {
      await logits(await createEngine({ threads: threads(2) }));
    };
    await use();
    expect(workers).toHaveLength(1);
    const ended = new Promise<true>((resolve) => workers[0]!.once("exit", () => resolve(true)));
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const collecting = setInterval(collect, 50);
    expect(await ended).toBe(true);
    clearInterval(collecting);
  });

  test("grows its memory under its threads", async () => {
    const threads = await freshThreads();
    using engine = await createEngine({ threads: threads(2) });
    for (const count of [1e6, 4e6, 16e6]) {
      engine.scope(() => {
        const x = engine.empty(DENSE, [count]);
        engine.kernels.fill(count, -1, x.pointer);
        engine.view(x.pointer + 4 * (count - 3), 3).set([1, 2, 3]);
        const y = relu(x);
        expect(y.view().slice(-5)).toEqual(Float32Array.of(0, 0, 1, 2, 3));
        expect(engine.kernels.sum(count, y.pointer)).toBe(6);
      });
    }
    expect(engine.memoryStatistics.reserved).toBeGreaterThan(128e6);
  });

  test("`together` does all that was called, and leaves it when the work fails", async () => {
    const threads = await freshThreads();
    for (const count of [1, 2]) {
      using engine = await createEngine({ dtype: "f64", threads: threads(count) });
      const vectors = Array.from({ length: 50 }, (_, i) => engine.tensor(signals(3000 + i, i)));
      const before = vectors.map((vector) => vector.toArray());
      const double = () => {
        for (const { length, pointer } of vectors) engine.kernels.axpy(length, 1, pointer, pointer);
      };
      engine.together(() => engine.together(double));
      expect(vectors.map((vector) => vector.toArray())).toEqual(before.map((values) => values.map((x) => 2 * x)));
      const failing = () => {
        throw new RangeError("work");
      };
      expect(() => engine.together(failing)).toThrow("work");
      engine.together(() => {});
      engine.together(double);
      expect(vectors.map((vector) => vector.toArray())).toEqual(before.map((values) => values.map((x) => 4 * x)));
    }
  });

  test("uses its threads", async () => {
    const running = (await freshThreads())(2)!;
    let mine = 0;
    const start: typeof running.start = (shared) => {
      const softplusForward = (n: number, x: number, y: number) => {
        mine += n;
        shared.kernels.softplusForward(n, x, y);
      };
      return running.start({ ...shared, kernels: { ...shared.kernels, softplusForward } });
    };
    using engine = await createEngine({ threads: { start } });
    const x = engine.zeros(DENSE, [1 << 20]);
    let all = 0;
    // On a busy machine the other thread may be late.
    for (let i = 0; i < 200 && mine === all; i++, all += x.length) {
      engine.kernels.softplusForward(x.length, x.pointer, x.pointer);
    }
    expect(mine).toBeLessThan(all);
  });
});
