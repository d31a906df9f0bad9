// Modules one after the other, as PyTorch's Sequential: numbered, or named as with its OrderedDict.

import { quote, ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { isPlain, readSpectrum, spectralBlock } from "./spectral-block.ts";

/**
 * Feeds each module's output to the next. Parameters have their module's name, by default its number, in the state dict:
 * "0.kernel", "conv1.kernel".
 *
 *     new Sequential(engine, [conv, new ReLU(engine)])
 *     new Sequential(engine, [["conv1", conv], ["relu1", new ReLU(engine)]])
 * @throws ValueError for names that are empty, taken, or have a dot or a slash, which separate names in a state dict and a
 * checkpoint
 */
export class Sequential extends Module {
  constructor(engine: Engine, modules: readonly (Module | readonly [name: string, module: Module])[]) {
    super(engine, "Sequential");
    modules.forEach((entry, i) => {
      const [name, module] = (Array.isArray(entry) ? entry : [String(i), entry]) as readonly [string, Module];
      if (typeof name !== "string" || !(module instanceof Module)) {
        throw new ValueError(
          `Sequential: expected modules or pairs [name, module], got ${quote(entry)} as number ${i}`,
        );
      }
      if (name === "" || /[./]/.test(name) || this.namedChildren().some(([taken]) => taken === name)) {
        throw new ValueError(
          `Sequential: names must be distinct, not empty and without dots and slashes, got ${JSON.stringify(name)}`,
        );
      }
      this.registerModule(name, module);
    });
  }

  override forward(x: Tensor): Tensor {
    const steps = this.#steps();
    if (this.engine.recording) return steps.reduce((y, step) => step(y), x);
    // What no gradient comes back through is released once the next module has read it: each module's scope holds the
    // output of the one before, unless that belongs to someone else.
    const outputOf = (i: number): Tensor => (i < 0 ? x : this.engine.scope(() => steps[i]!(outputOf(i - 1))));
    return outputOf(steps.length - 1);
  }

  /** The modules' forward passes, those that can hand on a spectrum as blocks. */
  #steps(): ((x: Tensor) => Tensor)[] {
    const modules = this.#flat();
    const steps: ((x: Tensor) => Tensor)[] = [];
    let spectral = false;
    for (let i = 0; i < modules.length; i++) {
      const module = modules[i]!;
      const fromSpectrum = spectral;
      const block = spectralBlock(modules, i);
      if (block) {
        steps.push((x) => block.forward(x, fromSpectrum));
        i += block.modules - 1;
      } else steps.push((x) => (fromSpectrum ? readSpectrum(module, x) : module.forward(x)));
      spectral = block !== null;
    }
    return steps;
  }

  /** The modules, those of a Sequential within in its place. */
  #flat(): Module[] {
    const modules = this.namedChildren().map(([, module]) => module);
    return modules.flatMap((module) => (isPlain(module, Sequential) ? module.#flat() : [module]));
  }

  protected override options(): Record<string, unknown> {
    return { modules: this.namedChildren().map(([name, module]) => [name, module.describe()]) };
  }
}
