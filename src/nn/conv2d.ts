// The planar convolution as a layer, with PyTorch's names, shapes and initialisation: what spherical layers are compared
// with (Cohen et al. 2018, section 5.2, the planar baseline).

import { ValueError } from "../errors.ts";
import { compose } from "../ops/compose.ts";
import { conv2d } from "../ops/conv2d.ts";
import { reshape } from "../ops/reshape.ts";
import type { Random } from "../random.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkCount, checkInput, checkParameterSize, checkRandom } from "./checks.ts";
import { Module, type Parameter } from "./module.ts";

/** A kernel's side, a stride or a padding beyond this has no use. */
const MAX_SIDE = 4096;

/** Features on both sides of a planar convolution, its window, and what draws its weights. */
export interface Conv2dOptions {
  readonly featuresIn: number;
  readonly featuresOut: number;
  /** Samples on each side of the square kernel. */
  readonly kernelSize: number;
  /** Samples from one place of the kernel to the next: 1 by default. */
  readonly stride?: number;
  /** Zeros around the image on all sides: 0 by default. */
  readonly padding?: number;
  /** Whether there is a bias: true by default. */
  readonly bias?: boolean;
  /** Draws the initial weights. */
  readonly rng: Random;
}

/**
 * Correlation of images `[batch, featuresIn, height, width]` with square kernels to `[batch, featuresOut, height', width']`,
 * height' = ⌊(height + 2·padding − kernelSize)/stride⌋ + 1. A signal on S² is taken as the image that its samples form,
 * β downwards and α across, which no rotation but those about the poles respects.
 *
 * Weights and bias are drawn from U(−1/√n, 1/√n), n = featuresIn·kernelSize², PyTorch's default.
 * @throws ValueError for features, kernel, stride or padding out of range
 */
export class Conv2d extends Module {
  /** `[featuresOut, featuresIn, kernelSize, kernelSize]` */
  readonly weight: Parameter;
  /** `[featuresOut]` */
  readonly bias: Parameter | null;
  readonly stride: number;
  readonly padding: number;

  constructor(engine: Engine, options: Conv2dOptions) {
    super(engine, "Conv2d");
    const { featuresIn, featuresOut, kernelSize, stride = 1, padding = 0, bias = true, rng } = options;
    checkCount("Conv2d", "featuresIn", featuresIn);
    checkCount("Conv2d", "featuresOut", featuresOut);
    checkCount("Conv2d", "kernelSize", kernelSize, MAX_SIDE);
    checkCount("Conv2d", "stride", stride, MAX_SIDE);
    if (!Number.isInteger(padding) || padding < 0 || padding > MAX_SIDE) {
      throw new ValueError(`Conv2d: padding must be an integer from 0 to ${MAX_SIDE}, got ${padding}`);
    }
    const shape = [featuresOut, featuresIn, kernelSize, kernelSize];
    checkParameterSize("Conv2d", shape);
    checkRandom("Conv2d", rng);
    const inputs = featuresIn * kernelSize ** 2;
    const bound = 1 / Math.sqrt(inputs);
    const draw = (count: number) => Float64Array.from({ length: count }, () => rng.uniform(-bound, bound));
    this.stride = stride;
    this.padding = padding;
    this.weight = this.registerParameter("weight", draw(featuresOut * inputs), shape);
    this.bias = bias ? this.registerParameter("bias", draw(featuresOut), [featuresOut]) : null;
  }

  override forward(x: Tensor): Tensor {
    const { layout, shape } = x;
    const featuresIn = this.weight.shape[1]!;
    const isImage = layout.kind === "dense" || (layout.kind === "signal" && layout.domain === "s2");
    const fits = isImage && shape.length === 4 && shape[1] === featuresIn;
    checkInput(this, x, fits, `dense [batch, ${featuresIn}, height, width] or an s2 signal of ${featuresIn} channels`);
    const { weight, bias, stride, padding } = this;
    return compose([x, weight], () => {
      const image = layout.kind === "signal" ? reshape(x, shape) : x;
      return conv2d(image, weight, bias ?? undefined, { stride, padding });
    });
  }

  protected override options(): Record<string, unknown> {
    const [featuresOut, featuresIn, kernelSize] = this.weight.shape;
    return {
      featuresIn,
      featuresOut,
      kernelSize,
      stride: this.stride,
      padding: this.padding,
      bias: this.bias !== null,
    };
  }
}
