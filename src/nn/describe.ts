// From a module's description, which may come from a file that need not be trusted, back to the module. The inverse of
// `describe()`: parameters are drawn anew, a state dict brings the trained ones.

import { quote, ValueError } from "../errors.ts";
import { Random } from "../random.ts";
import { gridFromDescription, type S2Grid, type SO3Grid } from "../sphere/grids.ts";
import type { Engine } from "../tensor/engine.ts";
import { LogSoftmax, ReLU, SO3ReLU, Softplus } from "./activations.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, SO3BatchNorm } from "./batch-norm.ts";
import { Conv2d } from "./conv2d.ts";
import { S2Convolution, SO3Convolution, SO3Shortcut } from "./convolution.ts";
import { Flatten } from "./flatten.ts";
import { Linear } from "./linear.ts";
import type { Module } from "./module.ts";
import { SO3Integrate, SO3Max } from "./pooling.ts";
import { Sequential } from "./sequential.ts";

const DOOR = "moduleFromDescription";

/** Modules inside modules. */
const MAX_DEPTH = 16;
/** Modules of one Sequential, and in all. */
const MAX_MODULES = 1024;
const MAX_ALL_MODULES = 4096;

/** What building needs beside the options. */
interface Context {
  readonly engine: Engine;
  readonly rng: Random;
  readonly depth: number;
  /** Numbers that parameters may still have, and modules that may still be built. */
  readonly budget: { left: number; modules: number };
}

/** Checks one option; `where` begins the message of its ValueError. */
type Reader<T> = (value: unknown, where: string, context: Context) => T;

/** A type of module: a reader for every option of its description, and the constructor. */
interface Kind {
  readonly options: readonly string[];
  readonly required: readonly string[];
  build(description: Record<string, unknown>, where: string, context: Context): Module;
}

function kind<O extends object>(
  readers: { readonly [K in keyof O]: Reader<O[K]> },
  make: (context: Context, options: O) => Module,
  numbers: (options: NoInfer<O>) => number = () => 0,
): Kind {
  const options = Object.keys(readers) as (keyof O & string)[];
  return {
    options,
    required: options.filter((name) => !("optional" in readers[name])),
    build: (description, where, context) => {
      const read = options.map((name) => [name, readers[name](description[name], `${where}: ${name}`, context)]);
      const known = Object.fromEntries(read.filter(([, value]) => value !== undefined)) as O;
      context.budget.left -= numbers(known);
      if (context.budget.left < 0) {
        throw new ValueError(
          `${where}: the architecture has more parameters than the file that it comes with has numbers`,
        );
      }
      return make(context, known);
    },
  };
}

/** May be left out of a description; the constructor has a default. */
function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return Object.assign(
    (value: unknown, where: string, context: Context) =>
      value === undefined ? undefined : reader(value, where, context),
    { optional: true },
  );
}

/** The constructors check the range. */
const number: Reader<number> = (value, where) => {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new ValueError(`${where}: expected a number, got ${quote(value)}`);
  }
  return value;
};

const boolean: Reader<boolean> = (value, where) => {
  if (typeof value !== "boolean") throw new ValueError(`${where}: expected true or false, got ${quote(value)}`);
  return value;
};

/** A grid on S² or SO(3); the constructors check which. */
const grid: Reader<S2Grid | SO3Grid> = (value) => gridFromDescription(value);

const namedModules: Reader<[string, Module][]> = (value, where, context) => {
  if (!Array.isArray(value) || value.length > MAX_MODULES) {
    throw new ValueError(`${where}: expected at most ${MAX_MODULES} pairs [name, description], got ${quote(value)}`);
  }
  const built: [string, Module][] = [];
  try {
    for (const entry of value) {
      if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== "string") {
        throw new ValueError(`${where}: expected pairs [name, description], got ${quote(entry)}`);
      }
      built.push([entry[0], build(entry[1], `${where}: ${quote(entry[0])}`, context)]);
    }
    return built;
  } catch (error) {
    for (const [, module] of built) module.dispose();
    throw error;
  }
};

const layerSizes = { featuresIn: number, featuresOut: number, bandwidthIn: number, bandwidthOut: number };
const batchNormSettings = { features: number, epsilon: number, momentum: number, affine: boolean };

/** Numbers of the largest parameter; the others are no larger. */
const pairs = ({ featuresIn, featuresOut }: { featuresIn: number; featuresOut: number }) => featuresIn * featuresOut;
const perPoint = (options: { featuresIn: number; featuresOut: number; grid: S2Grid | SO3Grid }) =>
  pairs(options) * options.grid.count;
const normalised = ({ features, affine }: { features: number; affine: boolean }) => (affine ? 2 : 0) * features;

/** Every type of module that a description can name. */
const KINDS: Readonly<Record<string, Kind>> = {
  S2Convolution: kind(
    { ...layerSizes, grid, orders: optional(number) },
    ({ engine, rng }, options) => new S2Convolution(engine, { ...options, grid: options.grid as S2Grid, rng }),
    perPoint,
  ),
  SO3Convolution: kind(
    { ...layerSizes, grid, orders: optional(number) },
    ({ engine, rng }, options) => new SO3Convolution(engine, { ...options, grid: options.grid as SO3Grid, rng }),
    perPoint,
  ),
  SO3Shortcut: kind(
    layerSizes,
    ({ engine, rng }, options) => new SO3Shortcut(engine, { ...options, rng }),
    (sizes) => (sizes.featuresIn === sizes.featuresOut && sizes.bandwidthIn === sizes.bandwidthOut ? 0 : pairs(sizes)),
  ),
  SO3Integrate: kind({}, ({ engine }) => new SO3Integrate(engine)),
  SO3Max: kind({}, ({ engine }) => new SO3Max(engine)),
  ReLU: kind({}, ({ engine }) => new ReLU(engine)),
  SO3ReLU: kind(
    { oversampling: number, orders: optional(number), gammaOversampling: optional(number) },
    ({ engine }, options) => new SO3ReLU(engine, options),
  ),
  Softplus: kind({}, ({ engine }) => new Softplus(engine)),
  LogSoftmax: kind({}, ({ engine }) => new LogSoftmax(engine)),
  Linear: kind(
    { featuresIn: number, featuresOut: number, bias: boolean },
    ({ engine, rng }, options) => new Linear(engine, { ...options, rng }),
    pairs,
  ),
  Conv2d: kind(
    { featuresIn: number, featuresOut: number, kernelSize: number, stride: number, padding: number, bias: boolean },
    ({ engine, rng }, options) => new Conv2d(engine, { ...options, rng }),
    (options) => pairs(options) * options.kernelSize ** 2,
  ),
  Flatten: kind({}, ({ engine }) => new Flatten(engine)),
  BatchNorm1d: kind(batchNormSettings, ({ engine }, options) => new BatchNorm1d(engine, options), normalised),
  BatchNorm2d: kind(batchNormSettings, ({ engine }, options) => new BatchNorm2d(engine, options), normalised),
  BatchNorm3d: kind(batchNormSettings, ({ engine }, options) => new BatchNorm3d(engine, options), normalised),
  SO3BatchNorm: kind(batchNormSettings, ({ engine }, options) => new SO3BatchNorm(engine, options), normalised),
  Sequential: kind({ modules: namedModules }, ({ engine }, { modules }) => {
    try {
      return new Sequential(engine, modules);
    } catch (error) {
      for (const [, module] of modules) module.dispose();
      throw error;
    }
  }),
};

function build(description: unknown, where: string, context: Context): Module {
  // Where it is would say the same name over and over.
  if (context.depth > MAX_DEPTH) throw new ValueError(`${DOOR}: modules are nested more than ${MAX_DEPTH} deep`);
  if (--context.budget.modules < 0) throw new ValueError(`${DOOR}: there are more than ${MAX_ALL_MODULES} modules`);
  if (typeof description !== "object" || description === null || Array.isArray(description)) {
    throw new ValueError(`${where}: expected an object with a type, got ${quote(description)}`);
  }
  const { type, ...options } = description as Record<string, unknown>;
  if (typeof type !== "string" || !Object.hasOwn(KINDS, type)) {
    throw new ValueError(`${where}: unknown type ${quote(type)}, expected one of ${Object.keys(KINDS).join(", ")}`);
  }
  const known = KINDS[type]!;
  const given = Object.keys(options);
  const strange = given.some((name) => !known.options.includes(name));
  if (strange || !known.required.every((name) => Object.hasOwn(options, name))) {
    const wanted = known.options.join(", ") || "none";
    throw new ValueError(`${where}: ${type} has the options ${wanted}; got ${quote(given.join(", "))}`);
  }
  return known.build(options, `${where}: ${type}`, { ...context, depth: context.depth + 1 });
}

/**
 * The module that a description stands for.
 * @param description parsed JSON, as `describe()` gives it; it need not be trusted
 * @param rng draws the initial parameters, which `loadStateDict` usually replaces
 * @param mostNumbers that all parameters may have together: for a file, as many as it holds
 * @throws ValueError for an unknown type, missing, unknown or absurd options; no memory stays taken
 */
export function moduleFromDescription(
  engine: Engine,
  description: unknown,
  rng: Random = new Random(0),
  mostNumbers = Number.POSITIVE_INFINITY,
): Module {
  const budget = { left: mostNumbers, modules: MAX_ALL_MODULES };
  return build(description, DOOR, { engine, rng, depth: 0, budget });
}
