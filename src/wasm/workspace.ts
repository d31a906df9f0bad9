// What lives in the memory as long as the engine: tables, each under its name, and scratch, which all kernels share.
//
// Made in the midst of a step these blocks stand between its tensors, and the next step, which finds them there from the
// beginning, would need more memory than the first. So between steps they move to the lowest free memory.

import { ValueError } from "../errors.ts";
import type { Memory } from "./memory.ts";

/** A piece of memory that may be moved. */
interface Block {
  pointer: number;
  readonly bytes: number;
}

const NOTHING: Readonly<Block> = { pointer: 0, bytes: 0 };

export class Workspace {
  readonly #memory: Memory;
  readonly #tables = new Map<string, Block>();
  #scratch: Block = { ...NOTHING };
  #settled = true;
  #generation = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Whether nothing was made since the last `settle`. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Grows whenever a pointer that was handed out is no longer valid. */
  get generation(): number {
    return this.#generation;
  }

  /** The table of that name, made at the first call; `fill` gets its pointer. The result is valid until `settle`. */
  table(name: string, bytes: () => number, fill: (pointer: number) => void): number {
    const known = this.#tables.get(name);
    if (known !== undefined) return known.pointer;
    const block = { pointer: 0, bytes: bytes() };
    block.pointer = this.#memory.allocate(block.bytes);
    try {
      fill(block.pointer);
    } catch (error) {
      this.#memory.free(block.pointer);
      throw error;
    }
    this.#tables.set(name, block);
    this.#settled = false;
    return block.pointer;
  }

  /** Scratch of at least `bytes`, valid until the next call. */
  scratch(bytes: number): number {
    if (!(bytes >= 0)) throw new ValueError(`scratch: ${bytes} bytes were asked for; kernels count up to 2³¹ − 1`);
    if (bytes > this.#scratch.bytes) {
      if (this.#scratch.pointer) {
        this.#memory.free(this.#scratch.pointer);
        this.#generation++;
      }
      this.#scratch = { ...NOTHING };
      this.#scratch = { pointer: this.#memory.allocate(bytes), bytes };
      this.#settled = false;
    }
    return this.#scratch.pointer;
  }

  /** Moves everything to the lowest free memory; pointers that were handed out before are no longer valid. */
  settle(): void {
    if (this.#settled) return;
    const bytes = new Uint8Array(this.#memory.wasm.buffer);
    const blocks = [...this.#tables.values(), this.#scratch].filter(({ pointer }) => pointer !== 0);
    for (const block of blocks.sort((a, b) => a.pointer - b.pointer)) {
      const before = block.pointer;
      this.#memory.free(before);
      block.pointer = this.#memory.allocate(block.bytes);
      if (block.pointer === before) continue;
      bytes.copyWithin(block.pointer, before, before + block.bytes);
      this.#generation++;
    }
    this.#settled = true;
  }

  /** Gives everything back; it is made again when needed. */
  release(): void {
    for (const { pointer } of [...this.#tables.values(), this.#scratch]) if (pointer) this.#memory.free(pointer);
    this.forget();
  }

  /** Lets go of everything without giving it back: for a memory that has ended. */
  forget(): void {
    this.#generation++;
    this.#tables.clear();
    this.#scratch = { ...NOTHING };
    this.#settled = true;
  }
}
