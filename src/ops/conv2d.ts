// The planar convolution of PyTorch's conv2d (a correlation, as there), image by image a product of matrices:
//
//   y[item] = W · im2col(x[item]) + b,    W [out][in·kh·kw],  im2col(x[item]) [in·kh·kw][height'·width'].
//
// The columns of one image at a time fit the cache; backward writes them again rather than keep them.

import { ShapeError, ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { DENSE, product } from "../tensor/layout.ts";
import { sameEngine } from "../tensor/same-engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gemm } from "./gemm.ts";

/** How the window of a planar convolution moves. */
export interface Conv2dSettings {
  /** Samples from one place of the kernel to the next, on both axes: 1 by default. */
  readonly stride?: number;
  /** Zeros around the image on all sides: 0 by default. */
  readonly padding?: number;
}

/** Kernels count numbers in 31 bits. */
const MAX_COLUMNS = 2 ** 28;

/**
 * y[n, o, i, j] = b[o] + Σ_{c, u, v} W[o, c, u, v] · x[n, c, i·stride + u − padding, j·stride + v − padding], x being 0
 * outside the image.
 * @param x dense `[batch, in, height, width]`
 * @param weight dense `[out, in, kernel height, kernel width]`
 * @param bias dense `[out]`
 * @returns dense `[batch, out, height', width']`, height' = ⌊(height + 2·padding − kernel height)/stride⌋ + 1 and so on
 * @throws ShapeError if shapes disagree or the kernel is larger than the padded image; ValueError for an impossible
 *   stride or padding, or tensors of several engines
 */
export function conv2d(x: Tensor, weight: Tensor, bias?: Tensor, settings: Conv2dSettings = {}): Tensor {
  const { stride = 1, padding = 0 } = settings;
  if (!Number.isInteger(stride) || stride < 1) {
    throw new ValueError(`conv2d: stride must be an integer of at least 1, got ${stride}`);
  }
  if (!Number.isInteger(padding) || padding < 0) {
    throw new ValueError(`conv2d: padding must be an integer of at least 0, got ${padding}`);
  }
  const isImages = (tensor: Tensor) => tensor.layout.kind === "dense" && tensor.shape.length === 4;
  if (!isImages(x) || !isImages(weight) || x.shape[1] !== weight.shape[1]) {
    throw new ShapeError(
      "conv2d: expected dense x [batch, in, height, width] and weight [out, in, height, width], " +
        `got ${x.describe()} and ${weight.describe()}`,
    );
  }
  const [batch, inputs, height, width] = x.shape as [number, number, number, number];
  const [outputs, , kernelHeight, kernelWidth] = weight.shape as [number, number, number, number];
  if (bias && product(bias.shape) !== outputs) {
    throw new ShapeError(`conv2d: expected one bias for each of ${outputs} channels, got ${bias.describe()}`);
  }
  const places = (size: number, kernel: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const [rows, columns] = [places(height, kernelHeight), places(width, kernelWidth)];
  if (!(product(weight.shape) > 0 && rows > 0 && columns > 0)) {
    throw new ShapeError(
      `conv2d: a kernel of ${kernelHeight} × ${kernelWidth} has no place in an image of ${height} × ${width} with padding ${padding}`,
    );
  }
  const points = rows * columns;
  const patch = inputs * kernelHeight * kernelWidth;
  if (patch * points > MAX_COLUMNS) {
    throw new ShapeError(
      `conv2d: the patches of one image, ${patch} × ${points} numbers, are more than ${MAX_COLUMNS}; give it smaller images`,
    );
  }
  const engine = sameEngine("conv2d", x, weight, bias);
  const { kernels } = engine;
  const image = [inputs, height, width, kernelHeight, kernelWidth, stride, padding] as const;
  const size = engine.bytesPerNumber;
  const [inputBytes, outputBytes] = [inputs * height * width * size, outputs * points * size];

  const y = engine.empty(DENSE, [batch, outputs, rows, columns]);
  withBlock(engine, patch * points, (patches) => {
    for (let item = 0; item < batch; item++) {
      kernels.im2col(...image, x.pointer + item * inputBytes, patches);
      const out = y.pointer + item * outputBytes;
      gemm(engine, [false, false], [outputs, points, patch], 1, weight.pointer, patches, out);
    }
  });
  if (bias) kernels.addToPlanes(batch, outputs, points, y.pointer, bias.pointer);

  return engine.record(y, "conv2d", bias ? [x, weight, bias] : [x, weight], (dy) => {
    const dx = x.requiresGrad ? engine.zeros(DENSE, x.shape) : null;
    const dWeight = weight.requiresGrad ? engine.zeros(DENSE, weight.shape) : null;
    const dBias = bias?.requiresGrad ? engine.empty(DENSE, bias.shape) : null;
    withBlock(engine, patch * points, (patches) => {
      for (let item = 0; item < batch; item++) {
        const gradient = dy.pointer + item * outputBytes;
        if (dWeight) {
          kernels.im2col(...image, x.pointer + item * inputBytes, patches);
          const sizes = [outputs, patch, points] as const;
          gemm(engine, [false, true], sizes, 1, gradient, patches, dWeight.pointer, { beta: 1 });
        }
        if (dx) {
          gemm(engine, [true, false], [patch, points, outputs], 1, weight.pointer, gradient, patches);
          kernels.col2im(...image, patches, dx.pointer + item * inputBytes);
        }
      }
    });
    if (dBias) kernels.planeSums(batch, outputs, points, dy.pointer, dBias.pointer);
    return bias ? [dx, dWeight, dBias] : [dx, dWeight];
  });
}

/** Runs `work` with memory for `count` numbers, which ends with it. */
function withBlock(engine: Engine, count: number, work: (pointer: number) => void): void {
  const block = engine.memory.allocate(count * engine.bytesPerNumber);
  try {
    work(block);
  } finally {
    engine.memory.free(block);
  }
}
