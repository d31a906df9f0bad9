// An engine is one kernel binary over one memory: it makes tensors, ends their lifetimes, and holds what depends on
// bandwidths alone (tables) and on nothing at all (scratch).

import { node } from "../autodiff/tape.ts";
import { ReleasedEngineError, ValueError } from "../errors.ts";
import { type Build, compileKernels, type Dtype } from "../wasm/binary.ts";
import type { Kernels } from "../wasm/kernels.ts";
import { availableBuild, loadKernels } from "../wasm/load.ts";
import { Memory, type MemoryStatistics } from "../wasm/memory.ts";
import type { RunningThreads } from "../wasm/threads.ts";
import { Workspace } from "../wasm/workspace.ts";
import { checkedOptions, type EngineOptions } from "./engine-options.ts";
import { signalFrom, spectrumFrom, tensorFrom } from "./from-numbers.ts";
import { checkSizes, DENSE, type Domain, type Layout } from "./layout.ts";
import type { Recorder } from "./program.ts";
import { Tensor } from "./tensor.ts";

/**
 * An engine. Several can live side by side; a tensor belongs to the one that made it.
 * @throws ValueError for what is no option's value; UnsupportedRuntimeError without WebAssembly SIMD; ContentSecurityPolicyError in a page whose policy blocks
 *   WebAssembly; MemoryExhaustedError if the host gives no memory
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { dtype, build, memoryLimit, threads } = checkedOptions(options);
  const chosen = await availableBuild(build, dtype);
  const memory = new Memory(65536, memoryLimit, threads !== null);
  const kernels = await loadKernels(`${dtype}-${chosen}`, memory);
  if (threads === null) return new Engine(dtype, chosen, memory, kernels);
  const module = await compileKernels(`${dtype}-${chosen}`, memory.shared);
  const running = await threads.start({ module, memory, kernels });
  return new Engine(dtype, chosen, memory, running.kernels, running);
}

/** The kernels, the memory and the tensors in it. `createEngine` makes one. */
export class Engine {
  readonly lanes: number;
  readonly bytesPerNumber: number;
  /** null once disposed. */
  #kernels: Kernels | null;
  readonly #scopes: Set<Tensor>[] = [];
  readonly #workspace: Workspace;
  readonly #threads: RunningThreads | null;
  #recording = true;
  /** Of the capture under way (program.ts). @internal */
  recorder: Recorder | null = null;

  constructor(
    readonly dtype: Dtype,
    readonly build: Build,
    readonly memory: Memory,
    kernels: Kernels,
    threads: RunningThreads | null = null,
  ) {
    this.#kernels = kernels;
    this.#threads = threads;
    this.#workspace = new Workspace(memory);
    this.lanes = kernels.lanes();
    this.bytesPerNumber = dtype === "f32" ? 4 : 8;
  }

  /** @throws ReleasedEngineError after `dispose` */
  get kernels(): Kernels {
    if (this.#kernels === null) {
      throw new ReleasedEngineError("this engine was released by dispose(); make another with createEngine");
    }
    return this.recorder?.kernels ?? this.#kernels;
  }

  /**
   * Runs `work`, whose kernel calls do not depend on each other: with threads they are done side by side, all of them when
   * this returns.
   */
  together(work: () => void): void {
    this.recorder?.together();
    if (this.#threads) this.#threads.together(work);
    else work();
    this.recorder?.apart();
  }

  /** Bytes in use, held and at most ever in use. */
  get memoryStatistics(): MemoryStatistics {
    return this.memory.statistics;
  }

  /** Numbers of the engine's dtype in its memory. The view dies when the memory grows: use it at once. */
  view(pointer: number, count: number): Float32Array | Float64Array {
    const { buffer } = this.memory.wasm;
    return this.dtype === "f32" ? new Float32Array(buffer, pointer, count) : new Float64Array(buffer, pointer, count);
  }

  // ── Tensors ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A tensor whose numbers are undefined.
   * @throws ShapeError unless the sizes are whole numbers; MemoryExhaustedError
   */
  empty(layout: Layout, shape: readonly number[]): Tensor {
    checkSizes(shape);
    const tensor = new Tensor(this, layout, shape);
    this.recorder?.make(tensor);
    const scope = this.#scopes.at(-1);
    if (scope) {
      scope.add(tensor);
      tensor.scope = scope;
    }
    return tensor;
  }

  /** A tensor of zeros. */
  zeros(layout: Layout, shape: readonly number[]): Tensor {
    const tensor = this.empty(layout, shape);
    this.kernels.fill(tensor.length, 0, tensor.pointer);
    return tensor;
  }

  /**
   * A dense tensor from row-major numbers.
   * @throws ShapeError unless the shape is of whole numbers and holds as many numbers; ValueError if one is NaN, infinite or
   *   too large for the dtype
   */
  tensor(data: ArrayLike<number>, shape: readonly number[] = [data.length]): Tensor {
    return tensorFrom(this, data, shape);
  }

  /**
   * A signal from row-major numbers, `[batch, channel, β, α]` on S² or `[batch, channel, β, α, γ]` on SO(3).
   * @throws ShapeError for odd or differing sides or a wrong count; ValueError if a number is NaN, infinite or too large for
   *   the dtype
   */
  signal(data: ArrayLike<number>, shape: readonly number[]): Tensor {
    return signalFrom(this, data, shape);
  }

  /**
   * The spectrum of a real signal from its complex coefficients `[batch, channel, coefficient]` (order of
   * docs/conventions.md). Coefficients without the symmetry of a real signal are projected onto it.
   * @throws ShapeError for an empty batch or a wrong count; ValueError for what is no domain or bandwidth, or a number that
   *   is NaN, infinite or too large for the dtype
   */
  spectrum(
    domain: Domain,
    bandwidth: number,
    shape: readonly [number, number],
    re: ArrayLike<number>,
    im: ArrayLike<number>,
  ): Tensor {
    return spectrumFrom(this, domain, bandwidth, shape, re, im);
  }

  /** Index of a label per row, as kernels read them. */
  indices(values: ArrayLike<number>): Tensor {
    const tensor = this.empty(DENSE, [values.length]);
    new Int32Array(this.memory.wasm.buffer, tensor.pointer, values.length).set(values);
    return tensor;
  }

  // ── Lifetimes ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Runs `work` and releases every tensor it made, except those it returns (alone, in an array or in an object), which
   * pass to the scope around, and those given to `keep()`. An error in it releases all the same, also what an operation
   * that failed had made.
   */
  scope<T>(work: () => T): T {
    const outermost = this.#scopes.length === 0;
    if (outermost) this.#workspace.settle();
    const { used } = this.memory.statistics;
    const scope = new Set<Tensor>();
    this.#scopes.push(scope);
    let result: T;
    try {
      result = work();
      if (result instanceof Promise)
        throw new ValueError("scope: the work must be synchronous, and it returned a promise");
      for (const tensor of tensorsIn(result)) this.#promote(tensor, scope);
    } finally {
      this.#scopes.pop();
      for (const tensor of scope) tensor.dispose();
      if (outermost && !this.#workspace.settled) {
        // The next step comes to the same peak on top of what this one leaves behind, and its tensors lie a little
        // differently between each other (hence the sixteenth): grow now, so that it need not.
        const now = this.memory.statistics;
        this.memory.reserve((now.peak * 17) / 16 + now.used - used);
      }
    }
    return result;
  }

  #promote(tensor: Tensor, from: Set<Tensor>): void {
    if (tensor.scope !== from) return;
    from.delete(tensor);
    const outer = this.#scopes.at(-2);
    tensor.scope = outer ?? null;
    outer?.add(tensor);
  }

  /** Whether operations on what requires a gradient are recorded for `backward`: true outside `noGrad`. */
  get recording(): boolean {
    return this.#recording;
  }

  /** Runs `work` without recording operations for `backward`. */
  noGrad<T>(work: () => T): T {
    const before = this.#recording;
    this.#recording = false;
    try {
      return work();
    } finally {
      this.#recording = before;
    }
  }

  /** Marks `output` as the result of an operation, when one of its inputs requires a gradient. Called by operations. */
  record(
    output: Tensor,
    operation: string,
    inputs: readonly Tensor[],
    backward: (gradient: Tensor) => readonly (Tensor | null)[],
  ): Tensor {
    if (this.#recording && inputs.some((input) => input.requiresGrad)) {
      output.requiresGrad = true;
      output.node = node(operation, inputs, backward);
    }
    return output;
  }

  // ── Tables and scratch ─────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The table of that name, made at the first call and kept; `fill` gets its pointer. Returns the pointer, which is valid
   * until the next outermost scope begins: ask again, rather than keep it.
   */
  table(name: string, bytes: () => number, fill: (pointer: number) => void): number {
    return this.#workspace.table(name, bytes, fill);
  }

  /** Scratch of at least `bytes`, valid until the next call. */
  scratch(bytes: number): number {
    return this.#workspace.scratch(bytes);
  }

  /** Grows whenever a table or scratch was moved or released. */
  get generation(): number {
    return this.#workspace.generation;
  }

  /**
   * A pointer to numbers that depend on parameters alone, which `fill` writes without asking for scratch: scratch, or in a
   * capture a piece of memory that its program keeps.
   */
  constant(bytes: number, fill: (pointer: number) => void): number {
    if (this.recorder) return this.recorder.constant(bytes, fill);
    const pointer = this.scratch(bytes);
    fill(pointer);
    return pointer;
  }

  /** Whether a capture is under way to which the tensor is a constant: no scope releases it, and its numbers are there before. */
  isConstant(tensor: Tensor): boolean {
    return this.recorder?.isConstant(tensor) ?? false;
  }

  /** Releases tables and scratch; they are made again when needed. */
  releaseTables(): void {
    this.#workspace.release();
  }

  /**
   * Ends the engine: whatever it or a tensor of it is asked for afterwards throws ReleasedEngineError, except another
   * `dispose()`, which does nothing. WebAssembly cannot shrink a memory, so the garbage collector takes it back in one
   * piece, once nothing else refers to it. Threads of the engine end at once.
   */
  dispose(): void {
    this.#threads?.dispose();
    this.#workspace.forget();
    this.#kernels = null;
    this.memory.dispose();
  }

  /** `dispose`, at the end of the block of a `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).flatMap(tensorsIn);
  }
  return [];
}
