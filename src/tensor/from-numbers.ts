// Tensors from the numbers of callers, row-major, which are checked: shapes first, then that every number is finite and fits
// the engine's dtype. Engine.tensor, .signal and .spectrum say what they are.

import { quote, ShapeError, ValueError } from "../errors.ts";
import { checkBandwidth } from "../sphere/indices.ts";
import { spectrumFromComplex } from "../sphere/real-basis.ts";
import type { Engine } from "./engine.ts";
import {
  coefficientCount,
  DENSE,
  type Domain,
  product,
  signalLayout,
  signalOfShape,
  spectrumLayout,
} from "./layout.ts";
import type { Tensor } from "./tensor.ts";

export function tensorFrom(engine: Engine, data: ArrayLike<number>, shape: readonly number[]): Tensor {
  if (data.length !== product(shape)) {
    throw new ShapeError(`tensor: shape [${shape.join(", ")}] holds ${product(shape)} numbers, got ${data.length}`);
  }
  const tensor = engine.empty(DENSE, shape);
  tensor.view().set(data);
  return finite(engine, tensor, "tensor", data);
}

export function signalFrom(engine: Engine, data: ArrayLike<number>, shape: readonly number[]): Tensor {
  const { domain, bandwidth } = signalOfShape(shape, "signal");
  if (data.length !== product(shape)) {
    throw new ShapeError(`signal: shape [${shape.join(", ")}] holds ${product(shape)} numbers, got ${data.length}`);
  }
  const signals = shape[0]! * shape[1]!;
  const rows = engine.memory.allocate(data.length * engine.bytesPerNumber);
  try {
    engine.view(rows, data.length).set(data);
    const tensor = engine.empty(signalLayout(domain, bandwidth), shape);
    engine.kernels.packSignals(signals, data.length / signals, rows, tensor.pointer);
    return finite(engine, tensor, "signal", data);
  } finally {
    engine.memory.free(rows);
  }
}

export function spectrumFrom(
  engine: Engine,
  domain: Domain,
  bandwidth: number,
  shape: readonly [number, number],
  re: ArrayLike<number>,
  im: ArrayLike<number>,
): Tensor {
  if (domain !== "s2" && domain !== "so3") {
    throw new ValueError(`spectrum: the domain must be "s2" or "so3", got ${quote(domain)}`);
  }
  checkBandwidth("spectrum", bandwidth);
  const [batch, channels] = shape;
  if (shape.length !== 2 || !shape.every((n) => Number.isInteger(n) && n > 0)) {
    throw new ShapeError(`spectrum: expected [batch, channels], neither of them empty, got [${shape.join(", ")}]`);
  }
  const full = [batch, channels, coefficientCount(domain, bandwidth)];
  for (const [part, numbers] of Object.entries({ re, im })) {
    if (numbers.length === product(full)) continue;
    throw new ShapeError(
      `spectrum: shape [${full.join(", ")}] holds ${product(full)} numbers, ${part} has ${numbers.length}`,
    );
  }
  const layout = spectrumLayout(domain, bandwidth);
  const tensor = engine.empty(layout, full);
  tensor.view().set(spectrumFromComplex(bandwidth, layout.orders, batch, channels, re, im));
  return finite(engine, tensor, "spectrum", re, im);
}

/** The tensor, if all its numbers are finite; otherwise it is released. */
function finite(engine: Engine, tensor: Tensor, where: string, ...sources: readonly ArrayLike<number>[]): Tensor {
  try {
    checkFinite(engine, tensor, where, ...sources);
  } catch (error) {
    tensor.dispose();
    throw error;
  }
  return tensor;
}

/** @throws ValueError, unless all the tensor's numbers are finite, naming the first among `sources` that is to blame */
export function checkFinite(
  engine: Engine,
  tensor: Tensor,
  where: string,
  ...sources: readonly ArrayLike<number>[]
): void {
  if (engine.kernels.checkFinite(tensor.length, tensor.pointer) < 0) return;
  const round = engine.dtype === "f32" ? Math.fround : Number;
  for (const numbers of sources) {
    for (let place = 0; place < numbers.length; place++) {
      const value = numbers[place]!;
      if (!Number.isFinite(value)) {
        throw new ValueError(`${where}: numbers must be finite, got ${value} at row-major place ${place}`);
      }
      if (!Number.isFinite(round(value))) {
        throw new ValueError(
          `${where}: ${value}, at row-major place ${place}, does not fit f32; scale the numbers, or use an f64 engine`,
        );
      }
    }
  }
  throw new ValueError(`${where}: the numbers are so large that their sums do not fit ${engine.dtype}; scale them`);
}
