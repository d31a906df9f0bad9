// The engine's memory: one WebAssembly.Memory, first-fit blocks, 64-byte aligned. Steps of a training loop ask for the
// same sizes in the same order, so after the first of them every request is met from freed blocks and nothing grows.

import { CompilationError, MemoryExhaustedError, ReleasedEngineError } from "../errors.ts";

const ALIGNMENT = 64;
const PAGE = 65536;
/** One less than WebAssembly allows: the end of the last page is 2³², which is 0 in the 32 bits of a kernel's pointer. */
const MAX_PAGES = 65535;

/** What we use of a `WebAssembly.Memory`; that name is missing from the types of projects without the DOM's. */
export interface LinearMemory {
  /** A SharedArrayBuffer where threads share the memory. */
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** Bytes in use, bytes that the WebAssembly memory holds, and the most that was ever in use. */
export interface MemoryStatistics {
  readonly used: number;
  readonly reserved: number;
  readonly peak: number;
}

/** A free block: its first byte and its length. */
interface Hole {
  start: number;
  bytes: number;
}

/** What a stretch of memory holds that is being laid out, and what waits for its end. */
interface Stretch {
  readonly start: number;
  end: number;
  /** Blocks in front of it that were given back meanwhile. */
  readonly freed: number[];
}

export class Memory {
  /** Bytes that the memory may grow to. */
  readonly limit: number;
  /** Sorted by address, never adjacent. */
  #holes: Hole[];
  readonly #blocks = new Map<number, number>();
  #used = 0;
  #peak = 0;
  #stretch: Stretch | null = null;
  /** null once disposed. */
  #wasm: LinearMemory | null;

  /**
   * @param limit bytes that the memory may grow to; a page below 4 GiB is the most
   * @param shared whether threads are to share it
   */
  constructor(
    initial: number,
    limit: number,
    readonly shared = false,
  ) {
    const pages = Math.max(1, Math.ceil(initial / PAGE));
    const maximum = Math.max(pages, Math.min(MAX_PAGES, Math.floor(limit / PAGE)));
    try {
      this.#wasm = new WebAssembly.Memory({ initial: pages, maximum, shared });
    } catch {
      throw new MemoryExhaustedError(
        `Memory: this host gives no WebAssembly memory of ${pages * PAGE} bytes to begin with (limit ${limit}); ` +
          "pass a smaller memoryLimit to createEngine",
        pages * PAGE,
        limit,
      );
    }
    this.limit = maximum * PAGE;
    // Address 0 stays free, so that a null pointer is never a valid one.
    this.#holes = [{ start: ALIGNMENT, bytes: pages * PAGE - ALIGNMENT }];
  }

  /** @throws ReleasedEngineError after `dispose`; CompilationError within `stretch` */
  get wasm(): LinearMemory {
    if (this.#stretch) {
      throw new CompilationError(
        "compile: the network reads or writes numbers in JavaScript on the way (the stack says where), which a plan cannot " +
          "repeat; use the model's own forward instead",
      );
    }
    return this.#memory;
  }

  get #memory(): LinearMemory {
    if (this.#wasm === null) {
      throw new ReleasedEngineError(
        "this engine was released by dispose(), and its tensors with it; make another with createEngine",
      );
    }
    return this.#wasm;
  }

  /** Lets go of everything. What still frees blocks may do so; any other use throws. */
  dispose(): void {
    this.#wasm = null;
    this.#holes = [];
    this.#blocks.clear();
  }

  get statistics(): MemoryStatistics {
    return { used: this.#used, reserved: this.#memory.buffer.byteLength, peak: this.#peak };
  }

  /**
   * A block of at least `bytes`, its content undefined.
   * @throws MemoryExhaustedError when the memory may not grow that far, or the host gives no more.
   */
  allocate(bytes: number): number {
    if (!(bytes >= 0)) throw new Error(`Memory: a block of ${bytes} bytes was asked for`);
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    let index = this.#holes.findIndex((hole) => hole.bytes >= size);
    if (index < 0) {
      this.#grow(size);
      index = this.#holes.length - 1;
    }
    const hole = this.#holes[index]!;
    const start = hole.start;
    if (hole.bytes === size) this.#holes.splice(index, 1);
    else {
      hole.start += size;
      hole.bytes -= size;
    }
    this.#blocks.set(start, size);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    if (this.#stretch) this.#stretch.end = Math.max(this.#stretch.end, start + size);
    return start;
  }

  /**
   * Runs `work`, takes all its blocks from behind those in use, and makes the stretch in which they lay one block that is
   * in use: who has it may let kernels write to the same addresses again. Meanwhile nothing else may look at the memory.
   * @returns its first byte, 0 for an empty one, or null if something made in `work` is still there, which stays as it is
   */
  stretch(work: () => void): number | null {
    if (this.#stretch) throw new Error("Memory: a stretch within a stretch");
    const end = this.#memory.buffer.byteLength;
    const last = this.#holes.at(-1);
    const tail = last !== undefined && last.start + last.bytes === end ? this.#holes.pop()! : { start: end, bytes: 0 };
    const before = this.#holes;
    const stretch: Stretch = { start: tail.start, end: tail.start, freed: [] };
    this.#stretch = stretch;
    this.#holes = tail.bytes > 0 ? [{ ...tail }] : [];
    try {
      work();
    } finally {
      this.#stretch = null;
      this.#holes.unshift(...before);
      for (const block of stretch.freed) this.free(block);
    }
    const size = stretch.end - stretch.start;
    if ([...this.#blocks.keys()].some((start) => start >= stretch.start)) return null;
    if (size === 0) return 0;
    // Nothing is in use behind its start, so the last hole begins there, or before it, where something was given back.
    const hole = this.#holes.pop()!;
    if (hole.start < stretch.start) this.#holes.push({ start: hole.start, bytes: stretch.start - hole.start });
    const rest = hole.start + hole.bytes - stretch.end;
    if (rest > 0) this.#holes.push({ start: stretch.end, bytes: rest });
    this.#blocks.set(stretch.start, size);
    this.#used += size;
    return stretch.start;
  }

  /** Grows to `bytes` in all, ahead of need; does nothing where limit or host forbid it. */
  reserve(bytes: number): void {
    const pages = Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE);
    if (pages > 0) this.#extend(pages);
  }

  /** Gives a block back. */
  free(start: number): void {
    if (this.#stretch && start < this.#stretch.start) {
      this.#stretch.freed.push(start);
      return;
    }
    const size = this.#blocks.get(start);
    if (size === undefined) {
      if (this.#wasm === null) return;
      throw new Error(`Memory: no block begins at ${start}`);
    }
    this.#blocks.delete(start);
    this.#used -= size;
    const after = this.#firstHoleAfter(start);
    const before = this.#holes[after - 1];
    const next = this.#holes[after];
    const joinsBefore = before !== undefined && before.start + before.bytes === start;
    const joinsNext = next !== undefined && start + size === next.start;
    if (joinsBefore && joinsNext) {
      before.bytes += size + next.bytes;
      this.#holes.splice(after, 1);
    } else if (joinsBefore) before.bytes += size;
    else if (joinsNext) {
      next.start = start;
      next.bytes += size;
    } else this.#holes.splice(after, 0, { start, bytes: size });
  }

  /** Index of the first hole that begins after `address`. */
  #firstHoleAfter(address: number): number {
    let low = 0;
    let high = this.#holes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#holes[middle]!.start > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Makes the last hole at least `size` bytes long. */
  #grow(size: number): void {
    const end = this.#memory.buffer.byteLength;
    const last = this.#holes.at(-1);
    const tail = last !== undefined && last.start + last.bytes === end ? last.bytes : 0;
    const pages = Math.ceil((size - tail) / PAGE);
    if (this.#extend(pages)) return;
    const used = (this.#used / 1e6).toFixed(1);
    throw new MemoryExhaustedError(
      `Memory: ${size} bytes were asked for with ${used} MB in use, and the limit is ${(this.limit / 1e6).toFixed(1)} MB; ` +
        "use a smaller batch, release tensors (engine.scope, dispose), or raise memoryLimit in createEngine",
      size,
      this.limit,
    );
  }

  /** Lengthens the last hole by `pages`; false where limit or host forbid it. */
  #extend(pages: number): boolean {
    const end = this.#memory.buffer.byteLength;
    if (end + pages * PAGE > this.limit) return false;
    try {
      this.#memory.grow(pages);
    } catch {
      return false;
    }
    const last = this.#holes.at(-1);
    if (last !== undefined && last.start + last.bytes === end) last.bytes += pages * PAGE;
    else this.#holes.push({ start: end, bytes: pages * PAGE });
    return true;
  }
}
