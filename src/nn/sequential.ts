// Modules one after the other, as PyTorch's Sequential: numbered, or named as with its OrderedDict.

import { quote, ValueError } from "../errors.ts";
import { so3Ifft } from "../ops/fourier.ts";
import { rectify } from "../ops/rectify.ts";
import { reshape } from "../ops/reshape.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ReLU, SO3ReLU } from "./activations.ts";
import { Convolution, SO3Convolution } from "./convolution.ts";
import { Module } from "./module.ts";
import { SO3Integrate } from "./pooling.ts";

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

  /**
   * The modules' forward passes. From a convolution through a rectifier to the next convolution, or to the integral, the
   * features stay a spectrum: the signal on SO(3) between them is never in memory.
   */
  #steps(): ((x: Tensor) => Tensor)[] {
    const modules = this.#flat();
    const steps: ((x: Tensor) => Tensor)[] = [];
    let spectral = false;
    for (let i = 0; i < modules.length; i++) {
      const module = modules[i]!;
      const fromSpectrum = spectral;
      const [rectifier, reader] = [modules[i + 1], modules[i + 2]];
      const degrees = degreesRead(module, rectifier, reader);
      spectral = degrees !== null;
      if (degrees === null) {
        steps.push((x) => (fromSpectrum ? read(module, x) : module.forward(x)));
        continue;
      }
      const convolution = module as Convolution;
      const grid = Math.ceil(oversampling(rectifier!) * convolution.sizes.bandwidthOut);
      steps.push((x) => {
        const X = fromSpectrum ? x : convolution.transform(x);
        return rectify(convolution.correlate(X), grid, degrees);
      });
      i++;
    }
    return steps;
  }

  /** The modules, those of a Sequential within in its place. */
  #flat(): Module[] {
    const modules = this.namedChildren().map(([, module]) => module);
    return modules.flatMap((module) => (isPlain(module, Sequential) ? module.#flat() : [module]));
  }

  protected override options() {
    return { modules: this.namedChildren().map(([name, module]) => [name, module.describe()]) };
  }
}

/** Whether `module` is what `type` makes, and not something that extends it and may do something else. */
const isPlain = <M extends Module>(
  module: Module | undefined,
  type: abstract new (...options: never[]) => M,
): module is M => module instanceof type && module.forward === type.prototype.forward;

/** How much finer a grid the rectifier works on, or 0 if the module is none. */
function oversampling(module: Module | undefined): number {
  if (isPlain(module, SO3ReLU)) return module.oversampling;
  return isPlain(module, ReLU) ? 1 : 0;
}

/**
 * The degrees that `reader` needs of what the convolution before `rectifier` gives; null unless they are such three modules
 * and fit together.
 */
function degreesRead(module: Module, rectifier: Module | undefined, reader: Module | undefined): number | null {
  if (!isPlain(module, Convolution) || oversampling(rectifier) === 0) return null;
  if (isPlain(reader, SO3Convolution)) {
    const { featuresOut, bandwidthOut } = module.sizes;
    const { featuresIn, bandwidthIn } = reader.sizes;
    return featuresOut === featuresIn && bandwidthOut === bandwidthIn ? reader.degrees : null;
  }
  return isPlain(reader, SO3Integrate) ? 1 : null;
}

/** The forward pass of a module that `degreesRead` found able to read a spectrum. */
function read(module: Module, X: Tensor): Tensor {
  if (module instanceof Convolution) return so3Ifft(module.correlate(X), module.sizes.bandwidthOut);
  return reshape(X, X.shape.slice(0, 2));
}
