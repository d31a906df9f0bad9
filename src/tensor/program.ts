// A computation as a list of kernel calls: recorded once, with its buffers and constants in memory of its own, and repeated
// as often as one likes on other numbers. What runs is kernels and a loop over the list; no tensor is made.
//
// It takes three runs of the work. The first, a rehearsal, makes what stays: tables, the spectra of filters, constants. The second
// is recorded while all its memory comes from one stretch, which the program then keeps. A program repeats calls; whatever else
// decides a result would be lost, and so the memory refuses to be looked at during the second run, kernels must not answer
// with a number, and the third run must make the same calls again.
//
// An engine that has a recorder calls its kernels, tells it of every tensor that is made (`make`) or read by an operation
// (`use`), and has it keep what operations ask for as `Engine.constant`.

import { CompilationError } from "../errors.ts";
import type { Kernels } from "../wasm/kernels.ts";
import type { Engine } from "./engine.ts";
import type { Tensor } from "./tensor.ts";

type Kernel = (...args: number[]) => number | undefined;

interface Call {
  readonly kernel: Kernel;
  readonly args: readonly number[];
}

interface Block {
  readonly pointer: number;
  readonly bytes: number;
}

/** Kernels that say how large something is; they take part in no computation. */
const isSize = (name: string) => /Bytes$|^lanes$/.test(name);

/**
 * Runs `work` three times, without gradients, and returns the kernel calls that it makes, to be repeated on other numbers.
 * @throws CompilationError if `work` does more than call kernels with the same arguments each time
 */
export function capture(engine: Engine, work: () => void): Program {
  if (engine.recorder) throw new CompilationError("compile: a network was compiled in the midst of compiling another");
  const recorder = new Recorder(engine);
  const run = () => {
    engine.recorder = recorder;
    try {
      engine.scope(() => engine.noGrad(work));
    } finally {
      engine.recorder = null;
    }
  };
  try {
    run();
    return engine.scope(() => recorder.record(run)); // tables move only when an outermost scope begins
  } catch (error) {
    recorder.dispose();
    throw error;
  }
}

/** What an engine tells of a capture, and asks. */
export class Recorder {
  /** Those to call: in the recorded run they are written down. */
  kernels: Kernels;
  readonly #engine: Engine;
  readonly #engineKernels: Kernels;
  readonly #constants: Block[] = [];
  /** How many of the constants were asked for again; null during the rehearsal. */
  #asked: number | null = null;
  readonly #made = new Set<Tensor>();
  readonly #used = new Set<Tensor>();
  /** Calls that do not depend on each other stand in one list. */
  readonly #steps: Call[][] = [];
  #depth = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#engineKernels = engine.kernels;
    this.kernels = engine.kernels;
  }

  /** Runs the work for the second time. @throws CompilationError if it cannot be repeated */
  record(run: () => void): Program {
    const engine = this.#engine;
    this.kernels = this.#recording(this.kernels);
    this.#asked = 0;
    const arena = engine.memory.stretch(run);
    if (arena === null) this.#refuse();
    try {
      if (this.#asked !== this.#constants.length) this.#refuse();
      this.#compare(run);
    } catch (error) {
      if (arena !== 0) engine.memory.free(arena);
      throw error;
    }
    const uses = [...this.#used].filter((tensor) => !this.#made.has(tensor));
    const blocks = [arena, ...this.#constants.map(({ pointer }) => pointer)].filter((pointer) => pointer !== 0);
    return new Program(engine, this.#steps, uses, blocks);
  }

  #recording(kernels: Kernels): Kernels {
    const entries = Object.entries(kernels).map(([name, kernel]) => {
      if (isSize(name)) return [name, kernel];
      const recorded = (...args: number[]) => {
        if (this.#depth === 0) this.#steps.push([]);
        this.#steps.at(-1)!.push({ kernel, args });
        if (kernel(...args) === undefined) return;
        throw new CompilationError(
          `compile: the network computes with what ${name} answers in JavaScript, which a plan cannot repeat; use the ` +
            "model's own forward instead",
        );
      };
      return [name, recorded];
    });
    return Object.fromEntries(entries);
  }

  /** Runs the work once more. @throws CompilationError unless it makes the calls that were written down */
  #compare(run: () => void): void {
    const calls = this.#steps.flat();
    let next = 0;
    const entries = Object.entries(this.#engineKernels).map(([name, kernel]) => {
      if (isSize(name)) return [name, kernel];
      const compared = (...args: number[]) => {
        const call = calls[next++];
        if (!call || call.kernel !== kernel || !call.args.every((arg, i) => isSameArgument(arg, args[i]!))) {
          this.#refuse();
        }
        return kernel(...args);
      };
      return [name, compared];
    });
    this.kernels = Object.fromEntries(entries);
    this.#asked = 0;
    run();
    if (next !== calls.length) this.#refuse();
  }

  /** Begins and ends a list of calls that do not depend on each other. */
  together(): void {
    if (this.#depth++ === 0) this.#steps.push([]);
  }

  apart(): void {
    this.#depth--;
  }

  make(tensor: Tensor): void {
    if (this.#asked !== null) this.#made.add(tensor);
  }

  use(tensor: Tensor): void {
    if (this.#asked !== null) this.#used.add(tensor);
  }

  isConstant(tensor: Tensor): boolean {
    return tensor.scope === null && !this.#made.has(tensor);
  }

  /** As `Engine.constant`. */
  constant(bytes: number, fill: (pointer: number) => void): number {
    if (this.#asked === null) {
      const pointer = this.#engine.memory.allocate(bytes);
      this.#constants.push({ pointer, bytes });
      fill(pointer);
      return pointer;
    }
    const known = this.#constants[this.#asked++];
    if (known?.bytes !== bytes) this.#refuse();
    return known.pointer;
  }

  #refuse(): never {
    throw new CompilationError(
      "compile: the network does not do the same each time: it makes tensors that stay, or takes another way; use the model's " +
        "own forward instead",
    );
  }

  /** Gives back what it has, after a failure. */
  dispose(): void {
    for (const { pointer } of this.#constants) this.#engine.memory.free(pointer);
  }
}

/** Made by `capture`. */
export class Program {
  readonly #engine: Engine;
  readonly #steps: readonly (() => void)[];
  readonly #blocks: readonly number[];
  readonly #generation: number;
  #disposed = false;

  /** @param uses tensors that are not its own, whose memory it reads and writes */
  constructor(
    engine: Engine,
    steps: readonly (readonly Call[])[],
    readonly uses: readonly Tensor[],
    blocks: readonly number[],
  ) {
    this.#engine = engine;
    this.#steps = steps.filter((calls) => calls.length > 0).map((calls) => stepOf(engine, calls));
    this.#blocks = blocks;
    this.#generation = engine.generation;
  }

  /** Whether all that it reads and writes is still where it was; otherwise it must not run. */
  get valid(): boolean {
    return !this.#disposed && this.#engine.generation === this.#generation && !this.uses.some(isReleased);
  }

  /** Makes the calls. */
  run(): void {
    for (const step of this.#steps) step();
  }

  /** Gives its memory back; a second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const block of this.#blocks) this.#engine.memory.free(block);
  }
}

/** Of two runs: addresses differ, and are integers; whatever is no integer is a number to compute with. */
const isSameArgument = (a: number, b: number) => Object.is(a, b) || (Number.isInteger(a) && Number.isInteger(b));

const isReleased = (tensor: Tensor) => tensor.released;

function stepOf(engine: Engine, calls: readonly Call[]): () => void {
  const call = ({ kernel, args }: Call) => void kernel(...args);
  if (calls.length === 1) return () => call(calls[0]!);
  const all = () => calls.forEach(call);
  return () => engine.together(all);
}
