// Modules own parameters and compose operations; they do no arithmetic themselves. The interface is PyTorch's: the same
// methods, and the same keys in a state dict, so that its checkpoints load here.

import { quote, StateDictError, ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { DENSE, product } from "../tensor/layout.ts";
import { requireEngine } from "../tensor/same-engine.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type StoredDtype, type TensorData, type TypedArray, toFloat32, toFloat64 } from "../tensor-data.ts";

/**
 * A dense tensor that is trained. It belongs to no scope: it lives until its module's `dispose()`. Its numbers change by
 * `assign`, an optimiser and `loadStateDict` alone: what is written through `view()` goes unnoticed by those who watch
 * `version`.
 */
export class Parameter extends Tensor {
  /** Grows with every change of the numbers, for those who keep something computed from them. */
  version = 0;

  /** Overwrites the numbers, row-major. */
  assign(values: ArrayLike<number>): void {
    this.view().set(values);
    this.version++;
  }
}

/** A parameter from row-major numbers. */
export function parameter(engine: Engine, data: ArrayLike<number>, shape: readonly number[]): Parameter {
  if (data.length !== product(shape)) {
    throw new ValueError(`parameter: shape [${shape.join(", ")}] holds ${product(shape)} numbers, got ${data.length}`);
  }
  const made = new Parameter(engine, DENSE, shape);
  made.assign(data);
  made.requiresGrad = true;
  return made;
}

/** State that is saved with a module but not trained, such as running statistics; `data` is written in place. */
export type Buffer = TensorData;

/** PyTorch's names to arrays. */
export type StateDict = Map<string, TensorData>;

/** What `describe()` says: the type's name and every option, plain JSON. `moduleFromDescription` is the inverse. */
export interface ModuleDescription {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** What owns parameters and computes with them; every layer and every network is one. */
export abstract class Module {
  /** Whether batch normalisation uses the statistics of the batch and updates its own; see `train` and `eval`. */
  training = true;
  readonly #parameters = new Map<string, Parameter>();
  readonly #buffers = new Map<string, Buffer>();
  readonly #children = new Map<string, Module>();

  /** @param type name in descriptions and messages; the class's own does not serve, because minifiers change it */
  constructor(
    readonly engine: Engine,
    readonly type: string,
  ) {
    requireEngine(type, engine);
  }

  /** The module's output for `x`. */
  abstract forward(x: Tensor): Tensor;

  /** Every option of the constructor, plain JSON, always in the same order. */
  protected options(): Record<string, unknown> {
    return {};
  }

  /** Type and options as plain JSON. */
  describe(): ModuleDescription {
    return { type: this.type, ...this.options() };
  }

  // ── For constructors of subclasses ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Makes a parameter that the state dict has under `name`. Where memory does not suffice, what the module already has is
   * released: a constructor that throws leaves nobody who could.
   */
  protected registerParameter(name: string, data: ArrayLike<number>, shape: readonly number[]): Parameter {
    try {
      const made = parameter(this.engine, data, shape);
      this.#parameters.set(name, made);
      return made;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Takes in an array that the state dict has under `name`. */
  protected registerBuffer<T extends TypedArray>(
    name: string,
    data: T,
    dtype: StoredDtype,
    shape: readonly number[],
  ): T {
    this.#buffers.set(name, { shape, dtype, data });
    return data;
  }

  /** Takes in a module whose names in the state dict begin with `name` and a dot. */
  protected registerModule<M extends Module>(name: string, module: M): M {
    this.#children.set(name, module);
    return module;
  }

  // ── Walking ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** This module and all below it in the order of construction, each with the prefix of its names in the state dict. */
  namedModules(prefix = ""): [string, Module][] {
    return [[prefix, this], ...[...this.#children].flatMap(([name, child]) => child.namedModules(`${prefix}${name}.`))];
  }

  /** This module and all below it. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** The modules directly below, with their names. */
  namedChildren(): [string, Module][] {
    return [...this.#children];
  }

  /** Every parameter with its name in the state dict. */
  namedParameters(prefix = ""): [string, Parameter][] {
    return this.namedModules(prefix).flatMap(([path, module]) =>
      [...module.#parameters].map(([name, value]): [string, Parameter] => [path + name, value]),
    );
  }

  /** Every parameter, in the order of `namedParameters`. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, value]) => value);
  }

  /** Every buffer with its name in the state dict. */
  namedBuffers(prefix = ""): [string, Buffer][] {
    return this.namedModules(prefix).flatMap(([path, module]) =>
      [...module.#buffers].map(([name, value]): [string, Buffer] => [path + name, value]),
    );
  }

  /** Numbers to be trained. */
  parameterCount(): number {
    return this.parameters().reduce((count, { shape }) => count + product(shape), 0);
  }

  // ── Modes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sets the mode of this module and all below it. */
  train(mode = true): this {
    this.training = mode;
    for (const child of this.#children.values()) child.train(mode);
    return this;
  }

  /** The same as `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Releases the gradients of all parameters. */
  zeroGrad(): void {
    for (const each of this.parameters()) {
      each.grad?.dispose();
      each.grad = null;
    }
  }

  // ── State ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Every parameter and buffer with its name, module by module. */
  #state(): [string, Parameter | Buffer][] {
    return this.namedModules().flatMap(([prefix, module]) =>
      [...module.#parameters, ...module.#buffers].map(([name, value]): [string, Parameter | Buffer] => [
        prefix + name,
        value,
      ]),
    );
  }

  /** Copies of all parameters and buffers under PyTorch's names. */
  stateDict(): StateDict {
    return new Map(
      this.#state().map(([name, value]): [string, TensorData] => {
        const { shape } = value;
        if (value instanceof Parameter) return [name, { shape, dtype: this.engine.dtype, data: value.toArray() }];
        return [name, { shape, dtype: value.dtype, data: value.data.slice() }];
      }),
    );
  }

  /**
   * Overwrites all parameters and buffers. Numbers of any float dtype are converted to the engine's. Nothing is changed
   * when an error is thrown.
   * @param given names and tensors, in a map or in a plain object
   * @param strict whether every name must be met; otherwise missing and unexpected names are returned and left alone
   * @throws StateDictError listing all names that are missing, unexpected, or of another shape or kind of number;
   * ValueError for NaN or infinity, or what is no state dict
   */
  loadStateDict(
    given: ReadonlyMap<string, TensorData> | Readonly<Record<string, TensorData>>,
    { strict = true } = {},
  ): { missing: string[]; unexpected: string[] } {
    const state = mapOf(given);
    const targets = new Map(this.#state());
    const missing = [...targets.keys()].filter((name) => !state.has(name));
    const unexpected = [...state.keys()].filter((name) => !targets.has(name));
    const misfits = [...state].flatMap(([name, given]) => {
      const target = targets.get(name);
      const misfit = target && misfitOf(given, target);
      return misfit ? [{ name, misfit }] : [];
    });
    if (misfits.length > 0 || (strict && missing.length + unexpected.length > 0)) {
      const lines = [
        ...(strict ? missing.map((name) => `missing: ${name} [${targets.get(name)!.shape.join(", ")}]`) : []),
        ...(strict ? unexpected.map((name) => `unexpected: ${name} [${state.get(name)!.shape.join(", ")}]`) : []),
        ...misfits.map(({ name, misfit }) => `misshapen: ${name}: ${misfit}`),
      ];
      const message = `loadStateDict: the names or shapes do not fit this ${this.type}:\n  ${lines.join("\n  ")}`;
      throw new StateDictError(
        message,
        missing,
        unexpected,
        misfits.map(({ name }) => name),
      );
    }
    const values = [...state].flatMap(([name, given]) => {
      const target = targets.get(name);
      return target
        ? [
            {
              target,
              numbers: finiteNumbers(name, given, target instanceof Parameter ? this.engine.dtype : target.dtype),
            },
          ]
        : [];
    });
    for (const { target, numbers } of values) {
      if (target instanceof Parameter) target.assign(numbers);
      else if (target.data instanceof BigInt64Array) target.data.set(Array.from(numbers, BigInt));
      else (target.data as Float64Array).set(numbers);
    }
    return { missing, unexpected };
  }

  // ── Lifetime ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Releases all parameters, their gradients and what the modules keep; a second call does nothing. */
  dispose(): void {
    this.#release();
  }

  #release(): void {
    for (const value of this.#parameters.values()) value.dispose();
    for (const child of this.#children.values()) child.dispose();
  }

  /** `dispose`, at the end of the block of a `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A state dict as a map. @throws ValueError for what is none */
function mapOf(state: ReadonlyMap<string, TensorData> | Readonly<Record<string, TensorData>>) {
  if (typeof state !== "object" || state === null || Array.isArray(state)) {
    throw new ValueError(`loadStateDict: expected a Map, or an object, of names and tensors, got ${quote(state)}`);
  }
  const map: ReadonlyMap<string, TensorData> = state instanceof Map ? state : new Map(Object.entries(state));
  for (const [name, tensor] of map) {
    if (Array.isArray(tensor?.shape) && ArrayBuffer.isView(tensor.data)) continue;
    throw new ValueError(`loadStateDict: ${name}: expected { shape, dtype, data }, got ${quote(tensor)}`);
  }
  return map;
}

const FLOATS: readonly StoredDtype[] = ["f64", "f32", "f16", "bf16"];
const INTEGERS: readonly StoredDtype[] = ["i64", "i32", "i16", "i8", "u64", "u32", "u16", "u8"];

/** What keeps `given` from being loaded into `target`, in words. */
function misfitOf(given: TensorData, target: Parameter | Buffer): string | undefined {
  const shape = `[${given.shape.join(", ")}]`;
  const expected = `[${target.shape.join(", ")}]`;
  // A scalar may come as a list of one: some writers have no scalars.
  if (shape !== expected && !(expected === "[]" && shape === "[1]")) return `expected ${expected}, got ${shape}`;
  const counter = "dtype" in target && INTEGERS.includes(target.dtype);
  const kinds = counter ? INTEGERS : FLOATS;
  if (!kinds.includes(given.dtype)) return `expected numbers of dtype ${kinds.join(", ")}, got ${given.dtype}`;
  if (given.data.length !== product(given.shape))
    return `${shape} holds ${product(given.shape)} numbers, got ${given.data.length}`;
  return undefined;
}

/** The numbers, rounded to what will hold them. */
function finiteNumbers(name: string, given: TensorData, dtype: StoredDtype): Float32Array | Float64Array {
  const numbers = dtype === "f32" ? toFloat32(given) : toFloat64(given);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new ValueError(`loadStateDict: ${name}: numbers must be finite, got ${numbers[bad]} at place ${bad}`);
  return numbers;
}
