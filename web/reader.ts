// The networks that read, in the worker: from a picture and an orientation to what the page shows of them.

import {
  compile,
  createEngine,
  type Engine,
  inverseRotation,
  loadCheckpoint,
  type Module,
  type Plan,
  type PlanNumbers,
  Projector,
  type Quaternion,
  Random,
  randomRotation,
  rotationAngle,
} from "spherical-cnn";
import { Features } from "./features.ts";
import type { Answer, Reading, Tally } from "./messages.ts";

const SHAPE = [1, 1, 60, 60] as const;

/** A network, compiled, and its logits for the upright digit at hand. */
class Network {
  readonly module: Module;
  readonly #plan: Plan;
  #upright: PlanNumbers = new Float32Array(10);

  constructor(engine: Engine, checkpoint: Uint8Array, where: string) {
    this.module = loadCheckpoint(engine, checkpoint, { where }).network;
    this.#plan = compile(this.module, SHAPE);
  }

  begin(samples: Uint8Array): void {
    this.#upright = this.#plan.run(samples);
  }

  /** The class with the largest logit. */
  classify(samples: Uint8Array): number {
    return largest(this.#plan.run(samples));
  }

  get uprightDigit(): number {
    return largest(this.#upright);
  }

  read(samples: Uint8Array): Reading {
    const logits = this.#plan.run(samples);
    const difference = Math.hypot(...logits.map((logit, k) => logit - this.#upright[k]!));
    return {
      probabilities: softmax(logits),
      digit: largest(logits),
      upright: this.uprightDigit,
      error: difference / Math.hypot(...this.#upright),
    };
  }

  dispose(): void {
    this.#plan.dispose();
    this.module.dispose();
  }
}

const isSame = (a: Uint8Array | null, b: Uint8Array): boolean => a?.every((grey, p) => grey === b[p]) ?? false;

const largest = (logits: PlanNumbers): number => logits.indexOf(Math.max(...logits));

function softmax(logits: PlanNumbers): Float32Array {
  const top = Math.max(...logits);
  const powers = Float32Array.from(logits, (logit) => Math.exp(logit - top));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

export class Reader {
  readonly #projector = new Projector();
  readonly #spherical: Network;
  readonly #planar: Network;
  #own: Network | null = null;
  readonly #features: Features;
  /** The picture whose upright readings are at hand. */
  #picture: Uint8Array | null = null;
  /** The same for the features. */
  #featuresPicture: Uint8Array | null = null;

  private constructor(
    readonly engine: Engine,
    spherical: Uint8Array,
    planar: Uint8Array,
  ) {
    this.#spherical = new Network(engine, spherical, "the spherical network");
    this.#planar = new Network(engine, planar, "the planar network");
    this.#features = new Features(this.#spherical.module, SHAPE);
  }

  /** @param spherical, planar bytes of checkpoints of networks on signals [1, 1, 60, 60] */
  static async load(spherical: Promise<Uint8Array>, planar: Promise<Uint8Array>): Promise<Reader> {
    const [engine, ...checkpoints] = await Promise.all([createEngine(), spherical, planar]);
    return new Reader(engine, ...checkpoints);
  }

  /** Takes the visitor's network in place of the one before. */
  setOwn(checkpoint: Uint8Array): void {
    this.#own?.dispose();
    this.#own = new Network(this.engine, checkpoint, "your network");
    this.#picture = null;
  }

  /** What the networks see and say of a picture of 28 × 28 on the sphere in that orientation, with the features if wanted. */
  read(picture: Uint8Array, orientation: Quaternion, features: boolean): Answer {
    this.#begin(picture);
    const began = performance.now();
    const samples = this.#projector.project(picture, inverseRotation(orientation));
    const spherical = this.#spherical.read(samples);
    const milliseconds = performance.now() - began;
    return {
      turned: rotationAngle(orientation) > 1e-3,
      samples,
      readings: { spherical, planar: this.#planar.read(samples), own: this.#own?.read(samples) ?? null },
      ...(features ? this.#readFeatures(picture, samples, orientation) : { maps: [], errors: [] }),
      milliseconds,
    };
  }

  /** Reads the picture turned at random, `turns` times. */
  tally(picture: Uint8Array, turns: number): Tally {
    this.#begin(picture);
    const random = new Random(1);
    const samples = Array.from({ length: turns }, () => new Uint8Array(this.#projector.size));
    const kept = (network: Network) => samples.filter((each) => network.classify(each) === network.uprightDigit).length;
    const began = performance.now();
    for (const each of samples) this.#projector.project(picture, randomRotation(random), each);
    const spherical = kept(this.#spherical);
    const perSecond = turns / ((performance.now() - began) / 1000);
    return { turns, spherical, planar: kept(this.#planar), own: this.#own && kept(this.#own), perSecond };
  }

  #begin(picture: Uint8Array): void {
    if (isSame(this.#picture, picture)) return;
    const samples = this.#projector.project(picture);
    for (const network of [this.#spherical, this.#planar, this.#own]) network?.begin(samples);
    this.#picture = picture;
  }

  #readFeatures(picture: Uint8Array, samples: Uint8Array, orientation: Quaternion): Pick<Answer, "maps" | "errors"> {
    if (!isSame(this.#featuresPicture, picture)) this.#features.begin(this.#projector.project(picture));
    this.#featuresPicture = picture;
    return this.#features.read(samples, orientation);
  }
}
