// What modules demand of their options and inputs. The limits keep a damaged or hostile description from asking for
// more than any network needs.

import { quote, ShapeError, ValueError } from "../errors.ts";
import type { Random } from "../random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Module } from "./module.ts";

/** Features of a layer. */
const MAX_FEATURES = 1 << 20;
/** Numbers of one parameter. */
const MAX_PARAMETER_NUMBERS = 1 << 26;

/** @throws ValueError unless value is an integer from 1 to max */
export function checkCount(where: string, name: string, value: number, max = MAX_FEATURES): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new ValueError(`${where}: ${name} must be an integer from 1 to ${max}, got ${value}`);
  }
}

/** @throws ValueError if a parameter of this shape would be larger than any network needs */
export function checkParameterSize(where: string, shape: readonly number[]): void {
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > MAX_PARAMETER_NUMBERS) {
    throw new ValueError(
      `${where}: a parameter of shape [${shape.join(", ")}] has ${count} numbers; at most ${MAX_PARAMETER_NUMBERS} are allowed`,
    );
  }
}

/** @throws ValueError unless it draws random numbers */
export function checkRandom(where: string, rng: Random): void {
  if (typeof rng?.uniform !== "function") {
    throw new ValueError(`${where}: expected rng, such as new Random(1), to draw the weights with, got ${quote(rng)}`);
  }
}

/** @throws ValueError naming the module, if the input belongs to another engine */
export function checkEngine(module: Module, x: Tensor): void {
  if (x.engine !== module.engine) {
    throw new ValueError(
      `${module.type}: the input, ${x.describe()}, belongs to another engine than the module; make it with the module's`,
    );
  }
}

/** @throws ShapeError naming the module, unless `fits`; ValueError if the input belongs to another engine */
export function checkInput(module: Module, x: Tensor, fits: boolean, expected: string): void {
  checkEngine(module, x);
  if (!fits) throw new ShapeError(`${module.type}: expected ${expected}, got ${x.describe()}`);
}
