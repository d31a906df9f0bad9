// Sums, differences and products of tensors of one layout and shape, number by number. Nothing is broadcast.

import { ShapeError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { sameEngine } from "../tensor/same-engine.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The engine of x and y, which are of one layout and shape. */
function engineOfAlike(name: string, x: Tensor, y: Tensor): Engine {
  if (x.describe() !== y.describe()) {
    throw new ShapeError(
      `${name}: expected two tensors of one layout and shape, got ${x.describe()} and ${y.describe()}`,
    );
  }
  return sameEngine(name, x, y);
}

/** A fresh a·x. */
function scaled(x: Tensor, a: number): Tensor {
  const y = x.engine.empty(x.layout, x.shape);
  x.engine.kernels.copyScaled(x.length, a, x.pointer, y.pointer);
  return y;
}

/**
 * x + y.
 * @throws ShapeError unless both have one layout and shape; ValueError unless they have one engine
 */
export function add(x: Tensor, y: Tensor): Tensor {
  const engine = engineOfAlike("add", x, y);
  const z = engine.empty(x.layout, x.shape);
  engine.kernels.add(x.length, x.pointer, y.pointer, z.pointer);
  return engine.record(z, "add", [x, y], (dz) => [dz, y.requiresGrad ? scaled(dz, 1) : null]);
}

/**
 * x − y.
 * @throws ShapeError unless both have one layout and shape; ValueError unless they have one engine
 */
export function subtract(x: Tensor, y: Tensor): Tensor {
  const engine = engineOfAlike("subtract", x, y);
  const z = scaled(x, 1);
  engine.kernels.axpy(y.length, -1, y.pointer, z.pointer);
  return engine.record(z, "subtract", [x, y], (dz) => [dz, y.requiresGrad ? scaled(dz, -1) : null]);
}

/**
 * x · y, number by number; of spectra, the numbers in the real basis.
 * @throws ShapeError unless both have one layout and shape; ValueError unless they have one engine
 */
export function multiply(x: Tensor, y: Tensor): Tensor {
  const engine = engineOfAlike("multiply", x, y);
  const times = (a: Tensor, b: Tensor) => {
    const z = engine.empty(a.layout, a.shape);
    engine.kernels.multiply(a.length, a.pointer, b.pointer, z.pointer);
    return z;
  };
  return engine.record(times(x, y), "multiply", [x, y], (dz) => [
    x.requiresGrad ? times(dz, y) : null,
    y.requiresGrad ? times(dz, x) : null,
  ]);
}

/** factor · x. */
export function scale(x: Tensor, factor: number): Tensor {
  return x.engine.record(scaled(x, factor), "scale", [x], (dy) => [scaled(dy, factor)]);
}
