// The allocator: alignment, reuse, joining of freed blocks, limits; and a long random life against a model.

import { describe, expect, test } from "vitest";
import { CompilationError, MemoryExhaustedError, ReleasedEngineError } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";
import { Memory } from "../../src/wasm/memory.ts";

const PAGE = 65536;

describe("memory", () => {
  test("blocks are aligned to 64 bytes and never at address 0", () => {
    const memory = new Memory(PAGE, 4 * PAGE);
    for (const bytes of [0, 1, 63, 64, 65, 1000]) {
      const block = memory.allocate(bytes);
      expect(block % 64).toBe(0);
      expect(block).toBeGreaterThan(0);
    }
  });

  test("a freed block is taken again, and neighbours join", () => {
    const memory = new Memory(PAGE, PAGE);
    const blocks = [1024, 1024, 1024, 1024].map((bytes) => memory.allocate(bytes));
    for (const i of [0, 2, 1]) memory.free(blocks[i]!);
    expect(memory.allocate(3 * 1024)).toBe(blocks[0]);
    expect(memory.statistics.used).toBe(4 * 1024);
  });

  test("it grows as far as the limit, and says what was asked for beyond it", () => {
    const memory = new Memory(PAGE, 3 * PAGE);
    const first = memory.allocate(2 * PAGE);
    expect(memory.statistics.reserved).toBe(3 * PAGE);
    expect(() => memory.allocate(PAGE)).toThrow(MemoryExhaustedError);
    expect(() => memory.allocate(Number.POSITIVE_INFINITY)).toThrow(MemoryExhaustedError);
    memory.free(first);
    expect(memory.allocate(2 * PAGE)).toBe(first);
    expect(memory.statistics).toEqual({ used: 2 * PAGE, reserved: 3 * PAGE, peak: 2 * PAGE });
  });

  test("the last page below 4 GiB is never used: a pointer to its end would be 0", () => {
    expect(new Memory(PAGE, 2 ** 32).limit).toBe(2 ** 32 - PAGE);
  });

  test("a stretch is one block, behind those in use, as long as what lay in it at once", () => {
    const memory = new Memory(PAGE, 8 * PAGE);
    const [first, second] = [memory.allocate(1024), memory.allocate(1024)];
    memory.free(first);
    const { used } = memory.statistics;
    const starts: number[] = [];
    const stretch = memory.stretch(() => {
      const a = memory.allocate(PAGE);
      const b = memory.allocate(PAGE);
      memory.free(a);
      const c = memory.allocate(1000);
      starts.push(a, b, c);
      memory.free(second);
      expect(memory.allocate(64)).toBeGreaterThan(second); // what is given back meanwhile is not taken
      memory.free(a + 1024);
      memory.free(b);
      memory.free(c);
    });
    expect(starts).toEqual([stretch, stretch! + PAGE, stretch]);
    expect(stretch).toBe(second + 1024);
    expect(memory.statistics.used).toBe(used - 1024 + 2 * PAGE);
    expect(memory.allocate(2048)).toBe(first);
    expect(memory.allocate(64)).toBe(stretch! + 2 * PAGE);
    memory.free(stretch!);
    expect(memory.allocate(2 * PAGE)).toBe(stretch);
  });

  test("a stretch of nothing is none, and what outlives the work is no stretch", () => {
    const memory = new Memory(PAGE, 8 * PAGE);
    expect(memory.stretch(() => {})).toBe(0);
    let kept = 0;
    const work = () => {
      kept = memory.allocate(64);
      memory.free(memory.allocate(128));
    };
    expect(memory.stretch(work)).toBe(null);
    expect(memory.statistics.used).toBe(64);
    memory.free(kept);
    expect(memory.allocate(1024)).toBe(kept);
  });

  test("during a stretch nothing looks at the memory, and after an error all is as before", () => {
    const memory = new Memory(PAGE, 8 * PAGE);
    expect(() => memory.stretch(() => void memory.wasm)).toThrow(CompilationError);
    expect(() => memory.stretch(() => void memory.stretch(() => {}))).toThrow(/within a stretch/);
    const { reserved } = memory.statistics;
    expect(memory.allocate(reserved - 64)).toBe(64);
    expect(memory.wasm.buffer.byteLength).toBe(reserved);
  });

  test("after its end blocks may be freed, and nothing else", () => {
    const memory = new Memory(PAGE, PAGE);
    const block = memory.allocate(64);
    memory.dispose();
    memory.free(block);
    expect(() => memory.allocate(64)).toThrow(ReleasedEngineError);
    expect(() => memory.wasm).toThrow(/released by dispose\(\)/);
    expect(() => memory.statistics).toThrow(ReleasedEngineError);
  });

  test("what is no block cannot be freed or asked for", () => {
    const memory = new Memory(PAGE, PAGE);
    const block = memory.allocate(64);
    memory.free(block);
    expect(() => memory.free(block)).toThrow(/no block begins at/);
    expect(() => memory.allocate(-1)).toThrow(/-1 bytes/);
    expect(() => memory.allocate(Number.NaN)).toThrow(/NaN bytes/);
  });

  test("in a long life no two blocks overlap, and in the end all is one hole", () => {
    const memory = new Memory(PAGE, 64 * PAGE);
    const random = new Random(4);
    const live: { start: number; bytes: number }[] = [];
    for (let step = 0; step < 3000; step++) {
      if (live.length > 0 && (live.length > 60 || random.next() < 0.45)) {
        memory.free(live.splice(random.integer(live.length), 1)[0]!.start);
      } else {
        const bytes = 1 + random.integer(30000);
        const start = memory.allocate(bytes);
        const clash = live.find((other) => start < other.start + other.bytes && other.start < start + bytes);
        expect(clash).toBe(undefined);
        expect(start + bytes).toBeLessThanOrEqual(memory.statistics.reserved);
        live.push({ start, bytes });
      }
    }
    for (const { start } of live) memory.free(start);
    const { used, reserved } = memory.statistics;
    expect(used).toBe(0);
    expect(memory.allocate(reserved - 64)).toBe(64);
    expect(memory.statistics.reserved).toBe(reserved);
  });
});
