// A tensor is a shape, a layout and a block of the engine's memory. Its numbers are read and written by kernels; JavaScript
// sees them only through copies (`toArray`, `engine.tensor`, `engine.signal`).
//
// Lifetime: a tensor lives until the innermost `engine.scope` around its making ends, or until `dispose()`. Tensors made
// outside any scope, and those given to `keep()`, live until `dispose()` or the end of the engine. Touching a released
// tensor throws ReleasedTensorError.

import { type Node, pullBack, type Variable } from "../autodiff/tape.ts";
import { ReleasedTensorError, ShapeError, ValueError } from "../errors.ts";
import { spectrumToComplex } from "../sphere/real-basis.ts";
import type { Engine } from "./engine.ts";
import { describe, type Layout, product, storedLength } from "./layout.ts";

/** A complex array as two real ones. */
export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Numbers in an engine's memory, with a shape and, after an operation, the way back for a gradient. */
export class Tensor implements Variable<Tensor> {
  /** Numbers in memory, padding included. */
  readonly length: number;
  /** Whether `backward` computes a gradient for it. Leaves set it; results inherit it. */
  requiresGrad = false;
  /** ∂loss/∂this after `backward`, for leaves that require one. */
  grad: Tensor | null = null;
  node: Node<Tensor> | null = null;
  /** The scope that will release it. */
  scope: Set<Tensor> | null = null;
  #pointer: number;

  constructor(
    readonly engine: Engine,
    readonly layout: Layout,
    readonly shape: readonly number[],
  ) {
    this.length = storedLength(layout, shape, engine.lanes);
    this.#pointer = engine.memory.allocate(this.length * engine.bytesPerNumber);
  }

  /** First byte in the engine's memory. @throws ReleasedTensorError */
  get pointer(): number {
    if (this.#pointer === 0) {
      throw new ReleasedTensorError(
        `this tensor, ${this.describe()}, was released: its scope has ended or dispose() was called; return it from the scope or keep() it`,
      );
    }
    this.engine.recorder?.use(this);
    return this.#pointer;
  }

  /** Whether its memory was given back. */
  get released(): boolean {
    return this.#pointer === 0;
  }

  /** Shape and layout in words. */
  describe(): string {
    return describe(this.layout, this.shape);
  }

  /**
   * A view of the numbers in memory, in memory order. It dies when the memory grows: use it at once. Write through it only
   * into what you made yourself; a parameter changes by `assign`, which tells those who keep something computed from it.
   * @internal
   */
  view(): Float32Array | Float64Array {
    return this.engine.view(this.pointer, this.length);
  }

  /** A row-major copy of a dense tensor or a signal (SO(3): axes batch, channel, β, α, γ). */
  toArray(): Float32Array | Float64Array {
    if (this.layout.kind === "dense") return this.view().slice();
    if (this.layout.kind !== "signal") {
      const spectrum = `${this.describe()} is complex to the outside; use toComplex()`;
      const filter = `${this.describe()} has an order of its own; its kernel is what can be read`;
      throw new ShapeError(`toArray: ${this.layout.kind === "spectrum" ? spectrum : filter}`);
    }
    const { engine } = this;
    const signals = this.shape[0]! * this.shape[1]!;
    const count = product(this.shape);
    const rows = engine.memory.allocate(count * engine.bytesPerNumber);
    try {
      engine.kernels.unpackSignals(signals, count / signals, this.pointer, rows);
      return engine.view(rows, count).slice();
    } finally {
      engine.memory.free(rows);
    }
  }

  /**
   * A spectrum in the public complex order `[batch, channel, coefficient]` of docs/conventions.md; where it has few orders of γ,
   * those alone.
   */
  toComplex(): ComplexArray {
    if (this.layout.kind !== "spectrum") throw new ShapeError(`toComplex: expected a spectrum, got ${this.describe()}`);
    const { bandwidth, orders } = this.layout;
    return spectrumToComplex(bandwidth, orders, this.shape[0]!, this.shape[1]!, this.view());
  }

  /** The one number of a tensor of one element. */
  item(): number {
    if (product(this.shape) !== 1) throw new ShapeError(`item: expected one number, got ${this.describe()}`);
    return this.view()[0]!;
  }

  /**
   * Gradients of this scalar with respect to every leaf that requires one, added to their `grad`.
   * @throws ShapeError unless this is one number; ValueError if nothing that it came from requires a gradient, or it was
   * computed under `noGrad`
   */
  backward(): void {
    if (product(this.shape) !== 1) {
      throw new ShapeError(`backward: the loss must be one number, got ${this.describe()}; sum or average it first`);
    }
    if (!this.requiresGrad && !this.released) {
      throw new ValueError(
        "backward: nothing that requires a gradient was recorded on the way to this loss; set requiresGrad before " +
          "forward, and call forward outside of noGrad",
      );
    }
    const seed = this.engine.empty(this.layout, this.shape);
    seed.view().fill(1);
    this.engine.noGrad(() => pullBack<Tensor>(this, seed));
  }

  /** Takes this tensor out of its scope: it lives until `dispose()`. */
  keep(): this {
    return this.#moveTo(null);
  }

  /** Makes another scope, or none, the one that releases it. */
  #moveTo(scope: Set<Tensor> | null): this {
    this.scope?.delete(this);
    this.scope = scope;
    scope?.add(this);
    return this;
  }

  /** Gives the memory back now; a second call does nothing. */
  dispose(): void {
    if (this.#pointer === 0) return;
    this.#moveTo(null);
    this.engine.memory.free(this.#pointer);
    this.#pointer = 0;
    this.node = null;
    this.grad?.dispose();
    this.grad = null;
  }

  /** `dispose`, at the end of the block of a `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The same as `dispose`: what the tape calls. */
  release(): void {
    this.dispose();
  }

  accumulate(gradient: Tensor): void {
    // A released intermediate has lost its node and would pass for a leaf.
    if (this.released) {
      throw new ReleasedTensorError(
        `backward: ${this.describe()} was released before its gradient was computed; call backward() in the scope of forward`,
      );
    }
    if (this.grad) this.grad.absorb(gradient);
    else this.grad = gradient.#moveTo(this.scope);
  }

  absorb(other: Tensor): void {
    this.engine.kernels.axpy(this.length, 1, other.pointer, this.pointer);
    other.release();
  }
}
