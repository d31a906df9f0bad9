// Training in the page: a small spherical network learns the upright digits that the page ships, and is tested on others that
// are turned at random. All of it in a worker.

import {
  BatchNorm1d,
  createEngine,
  type Engine,
  evaluate,
  Linear,
  type Module,
  Random,
  ReLU,
  readDigits,
  S2Convolution,
  Sequential,
  SO3Convolution,
  SO3Integrate,
  SphericalMnist,
  type StopRequest,
  s2NearIdentityGrid,
  saveCheckpoint,
  so3NearIdentityGrid,
  Trainer,
} from "spherical-cnn";
import { threads } from "spherical-cnn/threads";
import type { FromTrainer } from "./messages.ts";
import { TRAINING_DIGITS } from "./models.ts";

const EPOCHS = 30;
const BATCH = 16;
const LEARNING_RATE = 5e-3;
/** The rate falls to a third after these, which ends the noise of small batches. */
const MILESTONES = [12, 20, 26];
const SEED = 1;

/** Milliseconds between two reports. */
const INTERVAL = 60;

/** Much smaller than the shipped network, and normalised, so that a few hundred digits teach it something in seconds. */
function smallNetwork(engine: Engine): Module {
  const rng = new Random(SEED);
  const near = so3NearIdentityGrid({ maxBeta: Math.PI / 4, maxGamma: Math.PI / 8, nGamma: 3 });
  return new Sequential(engine, [
    new S2Convolution(engine, {
      featuresIn: 1,
      featuresOut: 12,
      bandwidthIn: 30,
      bandwidthOut: 8,
      grid: s2NearIdentityGrid(),
      rng,
    }),
    new ReLU(engine),
    new SO3Convolution(engine, { featuresIn: 12, featuresOut: 24, bandwidthIn: 8, bandwidthOut: 5, grid: near, rng }),
    new ReLU(engine),
    new SO3Integrate(engine),
    new BatchNorm1d(engine, { features: 24 }),
    new Linear(engine, { featuresIn: 24, featuresOut: 10, rng }),
  ]);
}

/** How many threads the page's headers allow to share memory. */
const available = (): number => (globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 4) : 1);

export class Lesson {
  readonly threads = available();
  /** How long to rest after each step, in parts of the time that it took. */
  rest = 0;
  readonly #engine: Engine;
  readonly #training: SphericalMnist;
  readonly #test: SphericalMnist;

  private constructor(engine: Engine, training: SphericalMnist, test: SphericalMnist) {
    this.#engine = engine;
    this.#training = training;
    this.#test = test;
  }

  /** @param images, labels IDX files, gzip or not, with more digits than are trained on */
  static async prepare(images: Promise<Uint8Array>, labels: Promise<Uint8Array>): Promise<Lesson> {
    const engine = await createEngine({ threads: threads(available()) });
    const digits = await readDigits(await images, await labels);
    const pixels = digits.rows * digits.columns;
    const part = (first: number, end: number) => ({
      images: digits.images.subarray(first * pixels, end * pixels),
      labels: digits.labels.subarray(first, end),
      cache: true,
    });
    return new Lesson(
      engine,
      new SphericalMnist(part(0, TRAINING_DIGITS)),
      new SphericalMnist({ ...part(TRAINING_DIGITS, digits.count), rotated: true, seed: SEED }),
    );
  }

  /** Trains a network from the beginning until all epochs are done or a stop is asked for. */
  async run(stop: StopRequest, report: (message: FromTrainer) => void): Promise<void> {
    const network = smallNetwork(this.#engine);
    const trainer = new Trainer(network, this.#training, {
      epochs: EPOCHS,
      batch: BATCH,
      learningRate: LEARNING_RATE,
      schedule: { milestones: MILESTONES, gamma: 0.3 },
      seed: SEED,
    });
    const test = async () => {
      const { accuracy } = await evaluate(network, this.#test);
      report({ kind: "epoch", accuracy, checkpoint: saveCheckpoint(network) });
    };
    let losses: number[] = [];
    let reported = performance.now();
    let began = reported;
    const how = await trainer.run({
      stop,
      onStep: async ({ epoch, done, count, loss, signalsPerSecond }) => {
        losses.push(loss);
        if (performance.now() - reported >= INTERVAL || done === count) {
          report({ kind: "steps", steps: { losses, epoch, epochs: EPOCHS, done, count, signalsPerSecond } });
          losses = [];
          reported = performance.now();
        }
        if (this.rest > 0) await new Promise((resolve) => setTimeout(resolve, this.rest * (performance.now() - began)));
        began = performance.now();
      },
      onEpoch: test,
    });
    if (how === "stopped") await test();
    trainer.dispose();
    network.dispose();
    report({ kind: "ended", how });
  }
}
