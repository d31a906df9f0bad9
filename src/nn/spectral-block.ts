// A convolution, perhaps a normalisation, and a rectifier, whose result another convolution or the integral reads: they need
// only its spectrum, so the signal on SO(3) in between is never in memory (src/ops/rectify.ts).

import { rectify } from "../ops/rectify.ts";
import { reshape } from "../ops/reshape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ReLU, SO3ReLU } from "./activations.ts";
import { SO3BatchNorm } from "./batch-norm.ts";
import { Convolution, SO3Convolution } from "./convolution.ts";
import type { Module } from "./module.ts";
import { SO3Integrate } from "./pooling.ts";

export interface SpectralBlock {
  /** How many modules it is. */
  readonly modules: number;
  /** The spectrum that the next module reads, of a signal or of the spectrum that the block before gave. */
  forward(x: Tensor, fromSpectrum: boolean): Tensor;
}

/** The block that begins with module i; null unless there is one. */
export function spectralBlock(modules: readonly Module[], i: number): SpectralBlock | null {
  const [convolution, second] = [modules[i], modules[i + 1]];
  const norm = isPlain(second, SO3BatchNorm) ? second : null;
  const rectifier = norm ? modules[i + 2] : second;
  const length = norm ? 3 : 2;
  if (!isPlain(convolution, Convolution) || !(isPlain(rectifier, ReLU) || isPlain(rectifier, SO3ReLU))) return null;
  const degrees = degreesRead(convolution, modules[i + length]);
  if (degrees === 0) return null;
  const { bandwidthOut } = convolution.sizes;
  const few = rectifier instanceof SO3ReLU ? rectifier : null;
  return {
    modules: length,
    forward(x, fromSpectrum) {
      const X = fromSpectrum ? x : convolution.transform(x);
      // A normalisation sees all orders that the convolution gives.
      const correlated = norm ? norm.forward(convolution.correlate(X)) : convolution.correlate(X, few?.orders);
      return few ? few.rectify(correlated, bandwidthOut, degrees) : rectify(correlated, bandwidthOut, degrees);
    },
  };
}

/** The forward pass of the module after a block, from the block's spectrum. */
export function readSpectrum(module: Module, X: Tensor): Tensor {
  if (module instanceof Convolution) return module.correlateToSignal(X);
  return reshape(X, X.shape.slice(0, 2));
}

/** Whether `module` is what `type` makes, and not something that extends it and may do something else. */
export const isPlain = <M extends Module>(
  module: Module | undefined,
  type: abstract new (...options: never[]) => M,
): module is M => module instanceof type && module.forward === type.prototype.forward;

/** The degrees that `reader` needs of what the convolution gives; 0 if it has to have the signal. */
function degreesRead(convolution: Convolution, reader: Module | undefined): number {
  if (isPlain(reader, SO3Convolution)) {
    const { featuresOut, bandwidthOut } = convolution.sizes;
    const { featuresIn, bandwidthIn } = reader.sizes;
    return featuresOut === featuresIn && bandwidthOut === bandwidthIn ? reader.degrees : 0;
  }
  return isPlain(reader, SO3Integrate) ? 1 : 0;
}
