// What the first layers of a spherical network respond with, as pictures on S², and how exactly it turns with the input.

import {
  compile,
  type Engine,
  type Module,
  type Plan,
  powerPerDegree,
  type Quaternion,
  rotateSpectrum,
  Sequential,
  SO3Convolution,
  so3Fft,
  subtract,
  type Tensor,
} from "spherical-cnn";
import { CHANNELS_SHOWN, type EquivarianceError, type FeatureMaps, LAYERS_SHOWN } from "./messages.ts";

/** Modules that are watched: convolutions, each with its rectifier. */
const WATCHED = 2 * LAYERS_SHOWN;

/** The part of a channel's largest value that is shown as the brightest: its peaks are narrow. */
const BRIGHTEST = 0.7;

const RECTIFIERS = new Set(["ReLU", "SO3ReLU"]);

/** One module, and what it makes of the upright digit. */
interface Step {
  readonly name: string;
  readonly plan: Plan;
  /** [1, channels, 2b, 2b, 2b] */
  readonly shape: readonly number[];
  /** Degrees that the next module reads. */
  readonly degrees: number;
  /** Of the upright digit, of these degrees. */
  spectrum: Tensor | null;
  norm: number;
  /** Where the step is shown: the channels, and what makes bytes of their values. */
  shown: { readonly channel: number; readonly scale: number }[] | null;
}

/** The network's modules in order, those of a Sequential within in its place. */
function flat(module: Module): Module[] {
  if (module.type !== "Sequential") return [module];
  return module.namedChildren().flatMap(([, child]) => flat(child));
}

/** How many degrees a module reads of a signal of bandwidth b. */
function degreesRead(module: Module | undefined, b: number): number {
  if (module?.type === "SO3Integrate") return 1;
  return module instanceof SO3Convolution ? Math.min(module.degrees, b) : b;
}

export class Features {
  readonly #engine: Engine;
  readonly #steps: Step[] = [];

  /** @param shape of the network's input */
  constructor(network: Module, shape: readonly number[]) {
    this.#engine = network.engine;
    const modules = flat(network);
    let input = shape;
    for (const [i, module] of modules.slice(0, WATCHED).entries()) {
      const plan = compile(new Sequential(this.#engine, [module]), input);
      if (plan.outputShape.length !== 5) break;
      input = plan.outputShape;
      const rectifier = RECTIFIERS.has(module.type);
      this.#steps.push({
        name: `after ${rectifier ? "its rectifier" : `convolution ${(i >> 1) + 1}`}`,
        plan,
        shape: input,
        degrees: degreesRead(modules[i + 1], input[2]! / 2),
        spectrum: null,
        norm: 0,
        shown: rectifier ? [] : null,
      });
    }
  }

  /** Remembers what the modules make of the upright digit: that to which the turned ones are compared. */
  begin(samples: Uint8Array): void {
    this.#forEachStep(samples, (step, output) => {
      step.spectrum?.dispose();
      const spectrum = this.#engine.scope(() => this.#spectrum(step, output));
      step.spectrum = spectrum;
      step.norm = norm(spectrum);
      if (!step.shown) return;
      const channels = perChannel(step, output);
      const sums = channels.map((values) => values.reduce((a, b) => a + b));
      const strongest = sums.map((_, channel) => channel).sort((a, b) => sums[b]! - sums[a]!);
      step.shown = strongest.slice(0, CHANNELS_SHOWN).map((channel) => {
        const peak = BRIGHTEST * Math.max(...channels[channel]!);
        return { channel, scale: peak > 0 ? 255 / peak : 0 };
      });
    });
  }

  /** What they make of the digit that `begin` got, turned. */
  read(samples: Uint8Array, orientation: Quaternion): { maps: FeatureMaps[]; errors: EquivarianceError[] } {
    const maps: FeatureMaps[] = [];
    const errors: EquivarianceError[] = [];
    this.#forEachStep(samples, (step, output) => {
      errors.push({ name: step.name, value: this.#error(step, output, orientation) });
      if (!step.shown) return;
      const channels = perChannel(step, output);
      const area = channels[0]!.length;
      const values = new Uint8Array(step.shown.length * area);
      step.shown.forEach(({ channel, scale }, i) => {
        channels[channel]!.forEach((value, p) => {
          values[i * area + p] = Math.min(value * scale, 255);
        });
      });
      maps.push({ bandwidth: step.shape[2]! / 2, channels: step.shown.length, values });
    });
    return { maps, errors };
  }

  #forEachStep(samples: ArrayLike<number>, visit: (step: Step, output: Float32Array) => void): void {
    let input = samples;
    for (const step of this.#steps) {
      const output = step.plan.run(input) as Float32Array;
      visit(step, output);
      input = output;
    }
  }

  #spectrum(step: Step, output: Float32Array): Tensor {
    return so3Fft(this.#engine.signal(output, step.shape), step.degrees);
  }

  #error(step: Step, output: Float32Array, orientation: Quaternion): number {
    if (step.norm === 0) return 0;
    return this.#engine.scope(() => {
      const expected = rotateSpectrum(step.spectrum!, orientation);
      return norm(subtract(this.#spectrum(step, output), expected)) / step.norm;
    });
  }
}

/** ‖f‖ of the signal of a spectrum on SO(3), by Parseval. */
function norm(spectrum: Tensor): number {
  const power = powerPerDegree(spectrum);
  const degrees = power.shape[2]!;
  let squares = 0;
  power.toArray().forEach((value, i) => {
    squares += (2 * (i % degrees) + 1) * value;
  });
  power.dispose();
  return Math.sqrt(squares);
}

/** Each channel's maximum over γ, [β][α]. */
function perChannel({ shape }: Step, output: Float32Array): Float32Array[] {
  const side = shape[2]!;
  return Array.from({ length: shape[1]! }, (_, channel) => {
    const lines = output.subarray(channel * side ** 3, (channel + 1) * side ** 3);
    return Float32Array.from({ length: side * side }, (_, line) => {
      let most = lines[line * side]!;
      for (let k = 1; k < side; k++) most = Math.max(most, lines[line * side + k]!);
      return most;
    });
  });
}
