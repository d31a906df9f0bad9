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
 * @throws ValueError for names that are empty, taken or have a dot
 */
export class Sequential extends Module {
  constructor(engine: Engine, modules: readonly (Module | readonly [name: string, module: Module])[]) {
    super(engine, "Sequential");
    modules.forEach((entry, i) => {
      const [name, module] = entry instanceof Module ? [String(i), entry] : entry;
      if (name === "" || name.includes(".") || this.namedChildren().some(([taken]) => taken === name)) {
        throw new ValueError(
          `Sequential: names must be distinct, not empty and without dots, got ${JSON.stringify(name)}`,
        );
      }
      this.registerModule(name, module);
    });
  }

  override forward(x: Tensor): Tensor {
    let y = x;
    for (const [, module] of this.namedChildren()) {
      const input = y;
      y = module.forward(input);
      // What no gradient comes back through is not needed any more.
      if (!y.node && input !== x && input !== y) input.dispose();
    }
    return y;
  }

  protected override options() {
    return { modules: this.namedChildren().map(([name, module]) => [name, module.describe()]) };
  }
}
