// Inference plans: a network compiled for inputs of one shape. Compiling runs the network's own forward pass and records the
// kernel calls that it makes (tensor/program.ts), with the spectra of filters computed and packed as the products read them,
// and every buffer in its place; running repeats the calls. The result is the same as that of `forward` at that time, bit for
// bit. Parameters and running statistics may change, which a plan notices; what else JavaScript decides, such as a field of a
// module of one's own, stays as it was when the network was compiled.

import { quote, ReleasedTensorError, ShapeError, ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { checkFinite } from "../tensor/from-numbers.ts";
import { checkSizes, DENSE, describe, product, signalLayout, signalOfShape } from "../tensor/layout.ts";
import { capture, type Program } from "../tensor/program.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { TypedArray } from "../tensor-data.ts";
import { evaluating } from "./evaluating.ts";
import { Module, Parameter } from "./module.ts";

/** Numbers as a plan gives them. */
export type PlanNumbers = Float32Array | Float64Array;

/**
 * Compiles a network, in evaluation mode, for inputs of one shape. It runs the network three times.
 *
 *     const plan = compile(model, [1, 1, 60, 60]);
 *     const logits = plan.run(image);
 * @param shape of the input: a signal `[batch, channel, 2b, 2b]` or `[batch, channel, 2b, 2b, 2b]`, or for a network on dense
 *   tensors `[batch, …]` of another length
 * @throws ShapeError for inputs that the network does not take, and a network that gives a spectrum; CompilationError for one
 *   that reads or writes numbers in JavaScript, or does not make the same calls each time; ValueError for what is no network
 *   or shape; MemoryExhaustedError
 */
export function compile(model: Module, shape: readonly number[]): Plan {
  if (!(model instanceof Module)) throw new ValueError(`compile: expected a module, got ${quote(model)}`);
  if (!Array.isArray(shape) || shape.some((size) => typeof size !== "number")) {
    throw new ValueError(`compile: expected the input's shape, such as [1, 1, 60, 60], got ${quote(shape)}`);
  }
  return new Plan(model, shape);
}

/** A network compiled by `compile`; several may live side by side. */
export class Plan {
  /** Of the input. */
  readonly shape: readonly number[];
  readonly #model: Module;
  readonly #engine: Engine;
  /** Row-major, dense; null once disposed. */
  #input: Tensor | null = null;
  #output: Tensor | null = null;
  #inputView: PlanNumbers;
  #outputView!: PlanNumbers;
  #program: Program | null = null;
  /** What the program's constants were computed from: versions of parameters, and copies of buffers. */
  #versions: (readonly [Parameter, number])[] = [];
  #buffers: (readonly [now: TypedArray, then: TypedArray])[] = [];

  constructor(model: Module, shape: readonly number[]) {
    checkSizes(shape, "compile");
    this.#model = model;
    this.#engine = model.engine;
    this.shape = Object.freeze([...shape]);
    if (isSignal(shape)) signalOfShape(shape, "compile");
    else if (product(shape) === 0)
      throw new ShapeError(`compile: the input must not be empty, got [${shape.join(", ")}]`);
    const input = this.#engine.empty(DENSE, shape).keep();
    this.#input = input;
    this.#engine.kernels.fill(input.length, 0, input.pointer);
    try {
      this.#compile(input);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#inputView = input.view();
  }

  /** Of the output. */
  get outputShape(): readonly number[] {
    return this.#live(this.#output).shape;
  }

  /**
   * Where the input's numbers stand, row-major, to be written to before `run()`. The view is valid until the engine's memory
   * grows: ask again rather than keep it.
   */
  get input(): PlanNumbers {
    const input = this.#live(this.#input);
    // A view on memory that has grown since has no length.
    if (this.#inputView.length !== input.length) this.#inputView = input.view();
    return this.#inputView;
  }

  /** The last run's output, row-major; valid until the next run, or until the memory grows. */
  get output(): PlanNumbers {
    const output = this.#live(this.#output);
    if (this.#outputView.length !== output.length) this.#outputView = output.view();
    return this.#outputView;
  }

  /**
   * The network's output. Where a parameter or a running statistic has changed since, or the engine's tables have moved, the
   * network is compiled again first.
   * @param numbers row-major; by default what was written to `input`
   * @returns a copy of `output`
   * @throws ShapeError for another count; ValueError for what is no array of numbers, or if one is NaN, infinite or too large
   *   for the dtype;
   *   ReleasedTensorError after `dispose()`, of the plan or of the network; ReleasedEngineError
   */
  run(numbers?: ArrayLike<number>): PlanNumbers {
    const input = this.#live(this.#input);
    if (numbers !== undefined && (typeof numbers?.length !== "number" || typeof numbers[0] !== "number")) {
      throw new ValueError(`plan.run: expected an array of numbers, got ${quote(numbers)}`);
    }
    if (numbers && numbers.length !== input.length) {
      throw new ShapeError(
        `plan.run: [${this.shape.join(", ")}] holds ${input.length} numbers, got ${numbers.length}; compile another plan ` +
          "for another batch",
      );
    }
    if (numbers) this.input.set(numbers);
    checkFinite(this.#engine, input, "plan.run", numbers ?? this.input);
    if (!this.#isCurrent()) this.#compile(input);
    this.#program!.run();
    return this.output.slice();
  }

  /** Releases the plan's memory, not the network; a second call does nothing. */
  dispose(): void {
    this.#program?.dispose();
    this.#input?.dispose();
    this.#output?.dispose();
    this.#program = this.#input = this.#output = null;
  }

  /** `dispose`, at the end of the block of a `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(tensor: Tensor | null): Tensor {
    if (tensor === null) {
      throw new ReleasedTensorError("this plan was released by dispose(); compile the network again");
    }
    void this.#engine.kernels; // throws once the engine is released
    return tensor;
  }

  #isCurrent(): boolean {
    if (!this.#program?.valid) return false;
    for (const [parameter, version] of this.#versions) {
      if (parameter.version !== version || parameter.released) return false;
    }
    for (const [now, then] of this.#buffers) {
      for (let i = 0; i < now.length; i++) if (!Object.is(now[i], then[i])) return false;
    }
    return true;
  }

  #compile(input: Tensor): void {
    const engine = this.#engine;
    const model = this.#model;
    this.#program?.dispose();
    this.#program = null;
    const program = capture(engine, () => {
      const y = evaluating(model, () => model.forward(this.#tensorOf(input)));
      this.#store(y);
    });
    this.#program = program;
    this.#outputView = this.#output!.view();
    const used = program.uses.filter((tensor) => tensor instanceof Parameter);
    this.#versions = [...new Set([...model.parameters(), ...used])].map((each) => [each, each.version]);
    this.#buffers = model.namedBuffers().map(([, { data }]) => [data, data.slice()]);
  }

  /** The input as the network takes it. */
  #tensorOf(input: Tensor): Tensor {
    const { shape } = this;
    if (!isSignal(shape)) return input;
    const { domain, bandwidth } = signalOfShape(shape, "compile");
    const x = this.#engine.empty(signalLayout(domain, bandwidth), shape);
    const signals = shape[0]! * shape[1]!;
    this.#engine.kernels.packSignals(signals, input.length / signals, input.pointer, x.pointer);
    return x;
  }

  /** Writes the network's output, row-major, where it stays. */
  #store(y: unknown): void {
    if (!(y instanceof Tensor) || y.engine !== this.#engine) {
      const what = y instanceof Tensor ? `${y.describe()} of another engine` : quote(y);
      throw new ValueError(`compile: expected a network that gives a tensor of its own engine, got ${what}`);
    }
    const { layout, shape } = y;
    if (layout.kind !== "dense" && layout.kind !== "signal") {
      throw new ShapeError(
        `compile: expected a network that gives a dense tensor or a signal, got ${describe(layout, shape)}`,
      );
    }
    if (this.#output?.shape.join() !== shape.join()) {
      this.#output?.dispose();
      this.#output = this.#engine.empty(DENSE, shape).keep();
    }
    const { kernels } = this.#engine;
    const output = this.#output!;
    if (layout.kind === "dense") {
      kernels.copyScaled(output.length, 1, y.pointer, output.pointer);
      return;
    }
    const signals = shape[0]! * shape[1]!;
    kernels.unpackSignals(signals, output.length / signals, y.pointer, output.pointer);
  }
}

/** Whether an input of this shape is a signal, as `Engine.signal` has it. */
const isSignal = (shape: readonly number[]) => shape.length === 4 || shape.length === 5;
