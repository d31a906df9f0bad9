// How long the MNIST networks take: one digit forward, and training at batch 32, each step whole (data, forward,
// backward, Adam).

import { readFile } from "node:fs/promises";
import Benchmark from "benchmark";
import { buildNetwork, createEngine, readDigits, SphericalMnist, Trainer } from "../dist/index.mjs";

const BATCH = 32;

/** The digits of the demo, rotated; projected once, as a training run does after its first epoch. */
async function digits() {
  const file = (name) => readFile(new URL(`../models/mnist-test-500-${name}-ubyte.gz`, import.meta.url));
  const { images, labels } = await readDigits(await file("images-idx3"), await file("labels-idx1"));
  const all = new SphericalMnist({ images, labels, rotated: true, cache: true });
  const count = all.count - (all.count % BATCH);
  for (let digit = 0; digit < count; digit++) all.digit(digit);
  return { count, batch: (numbers) => all.batch(numbers) };
}

/** Seconds per call: the fastest sample, since whatever else runs on the machine can only slow one down. */
function time(call, seconds) {
  for (let i = 0; i < 20; i++) call(); // V8 compiles the kernels again, faster, while they run
  const benchmark = new Benchmark({ fn: call, minSamples: 5, maxTime: seconds }).run();
  if (benchmark.error) throw benchmark.error;
  return Math.min(...benchmark.stats.sample);
}

/** Prints milliseconds per digit forward and digits per second in training, with the network's memory. */
export async function mnist(name, build, seconds) {
  const dataset = await digits();
  const { images, shape } = dataset.batch([0]);

  const engine = await createEngine({ build });
  const network = buildNetwork(name, engine).eval();
  const forward = time(
    () => engine.scope(() => engine.noGrad(() => network.forward(engine.signal(images, shape)))),
    seconds,
  );
  const inference = engine.memoryStatistics.reserved / 1e6;

  const training = await createEngine({ build });
  const trainer = new Trainer(buildNetwork(name, training), dataset, { epochs: 1_000_000, batch: BATCH });
  const step = time(() => trainer.step(), seconds);
  const memory = training.memoryStatistics.reserved / 1e6;

  console.log(
    `${name}, f32 ${build}: forward ${(forward * 1e3).toFixed(3)} ms per digit (${inference.toFixed(1)} MB); ` +
      `training at batch ${BATCH} ${(BATCH / step).toFixed(0)} digits per second (${memory.toFixed(1)} MB)`,
  );
}
