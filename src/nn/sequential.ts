// Modules one after the other, as PyTorch's Sequential: numbered, or named as with its OrderedDict.

import { ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

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
      const [name, module] = entry instanceof Module ? [String(i), entry] : entry;
      if (name === "" || /[./]/.test(name) || this.namedChildren().some(([taken]) => taken === name)) {
        throw new ValueError(
          `Sequential: names must be distinct, not empty and without dots and slashes, got ${JSON.stringify(name)}`,
        );
      }
      this.registerModule(name, module);
    });
  }

  override forward(x: Tensor): Tensor {
    const modules = this.namedChildren().map(([, module]) => module);
    if (this.engine.recording) return modules.reduce((y, module) => module.forward(y), x);
    // What no gradient comes back through is released once the next module has read it: each module's scope holds the
    // output of the one before, unless that belongs to someone else.
    const outputOf = (i: number): Tensor => (i < 0 ? x : this.engine.scope(() => modules[i]!.forward(outputOf(i - 1))));
    return outputOf(modules.length - 1);
  }

  protected override options() {
    return { modules: this.namedChildren().map(([name, module]) => [name, module.describe()]) };
  }
}
