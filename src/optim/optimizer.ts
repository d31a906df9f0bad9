// What all optimisers share: one slot per parameter with its moments and the number of steps it has taken, and a state
// from which training goes on bit for bit. The arithmetic of a step is one kernel call per parameter.
//
// A parameter without a gradient is skipped and its slot left alone, as in PyTorch.

import { ShapeError, ValueError } from "../errors.ts";
import type { Parameter } from "../nn/module.ts";
import { DENSE } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** One parameter, and what the optimiser remembers about it. */
export interface Slot {
  readonly parameter: Parameter;
  /** By PyTorch's names, for instance `exp_avg`; each of the parameter's shape. */
  readonly moments: Readonly<Record<string, Tensor>>;
  /** Steps taken with a gradient. */
  steps: number;
}

/** All that an optimiser remembers, outside the engine's memory. */
export interface OptimizerState {
  /** The optimiser's name: "adam" or "sgd". */
  readonly kind: string;
  /** Learning rate and the other settings, plain numbers. */
  readonly settings: Readonly<Record<string, number>>;
  /** One entry per parameter, in the order in which the optimiser got them. */
  readonly slots: readonly {
    readonly steps: number;
    readonly moments: Readonly<Record<string, Float32Array | Float64Array>>;
  }[];
}

/** What moves parameters along their gradients. */
export abstract class Optimizer {
  abstract readonly kind: string;
  readonly #slots: readonly Slot[];

  /**
   * @param parameters what `module.parameters()` gives; they must outlive the optimiser
   * @param learningRate may be changed between steps, as schedules do
   * @param momentNames the moments to keep, zero at first; in the engine's memory until `dispose()`
   * @throws ValueError if there are no parameters, or the rate is negative or not finite; MemoryExhaustedError with
   * nothing taken
   */
  constructor(
    parameters: Iterable<Parameter>,
    public learningRate: number,
    momentNames: readonly string[],
  ) {
    checkSetting("learningRate", learningRate, 0, Number.POSITIVE_INFINITY);
    const slots: Slot[] = [];
    try {
      for (const parameter of parameters) {
        const moments: Record<string, Tensor> = {};
        slots.push({ parameter, moments, steps: 0 });
        for (const name of momentNames) moments[name] = parameter.engine.zeros(DENSE, parameter.shape).keep();
      }
    } catch (error) {
      release(slots);
      throw error;
    }
    if (slots.length === 0) throw new ValueError("Optimizer: there are no parameters to optimise");
    this.#slots = slots;
  }

  /** The settings by name, as a state records them. */
  protected abstract settings(): Record<string, number>;

  /** Takes the settings of a state of the same kind. */
  protected abstract adopt(settings: Readonly<Record<string, number>>): void;

  /** Moves one parameter; `slot.steps` already counts this step. */
  protected abstract update(slot: Slot, gradient: Tensor): void;

  /** One step along the gradients that `backward` has left in the parameters. */
  step(): void {
    for (const slot of this.#slots) {
      const gradient = slot.parameter.grad;
      if (!gradient) continue;
      slot.steps++;
      this.update(slot, gradient);
      slot.parameter.version++;
    }
  }

  /** Releases the gradients, so that the next `backward` starts from none. */
  zeroGrad(): void {
    for (const { parameter } of this.#slots) {
      parameter.grad?.dispose();
      parameter.grad = null;
    }
  }

  /** A copy of everything that the next step depends on, beside parameters and gradients. */
  state(): OptimizerState {
    return {
      kind: this.kind,
      settings: { learningRate: this.learningRate, ...this.settings() },
      slots: this.#slots.map(({ steps, moments }) => ({
        steps,
        moments: Object.fromEntries(Object.entries(moments).map(([name, moment]) => [name, moment.view().slice()])),
      })),
    };
  }

  /**
   * Goes on from a state that `state()` gave, here or in another run.
   * @throws ValueError, ShapeError if it belongs to another optimiser or other parameters; nothing is changed then
   */
  loadState(state: OptimizerState): void {
    const where = `${this.kind} optimiser: loadState`;
    if (state.kind !== this.kind) throw new ValueError(`${where}: expected a state of ${this.kind}, got ${state.kind}`);
    if (state.slots.length !== this.#slots.length) {
      throw new ShapeError(`${where}: expected ${this.#slots.length} parameters, got ${state.slots.length}`);
    }
    const names = Object.keys({ learningRate: 0, ...this.settings() });
    const strange = names.find((name) => !Number.isFinite(state.settings[name]));
    if (strange) throw new ValueError(`${where}: setting ${strange} must be a number, got ${state.settings[strange]}`);
    this.#slots.forEach(({ parameter, moments }, i) => {
      const stored = state.slots[i]!;
      if (!Number.isSafeInteger(stored.steps) || stored.steps < 0) {
        throw new ValueError(`${where}: parameter ${i}: steps must be a whole number, got ${stored.steps}`);
      }
      for (const name of Object.keys(moments)) {
        const values = stored.moments[name];
        if (values?.length !== parameter.length) {
          const got = values ? `${values.length} numbers` : "nothing";
          throw new ShapeError(`${where}: parameter ${i}: expected ${parameter.length} numbers of ${name}, got ${got}`);
        }
      }
    });
    this.learningRate = state.settings.learningRate!;
    this.adopt(state.settings);
    this.#slots.forEach((slot, i) => {
      slot.steps = state.slots[i]!.steps;
      for (const [name, moment] of Object.entries(slot.moments)) moment.view().set(state.slots[i]!.moments[name]!);
    });
  }

  /** Gives the moments' memory back. */
  dispose(): void {
    release(this.#slots);
  }

  /** `dispose`, at the end of the block of a `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function release(slots: readonly Slot[]): void {
  for (const { moments } of slots) for (const moment of Object.values(moments)) moment.dispose();
}

/** @throws ValueError unless low ≤ value < high */
export function checkSetting(name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value < high)) {
    const range = high === Number.POSITIVE_INFINITY ? `at least ${low}` : `from ${low} to below ${high}`;
    throw new ValueError(`Optimizer: ${name} must be ${range}, got ${value}`);
  }
}
