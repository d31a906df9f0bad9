// The same bits for any number of threads: two steps of training, and the logits after them, by forward and by a plan.

import { describe, expect, test } from "vitest";
import { buildNetwork } from "../../src/models/networks.ts";
import { compile } from "../../src/nn/plan.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { threads } from "../../src/threads/index.ts";
import { predict } from "../../src/train/evaluate.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { BUILDS, type Build, type Dtype } from "../support/kernels.ts";
import { signals } from "../support/signals.ts";

const BATCH = 6;
const SHAPE = [BATCH, 1, 60, 60];

/** Loss, logits and all parameters, after some steps with so many threads. */
async function trained(network: string, dtype: Dtype, build: Build, count: number) {
  using engine = await createEngine({ dtype, build, threads: threads(count) });
  const images = signals(BATCH * 3600, 5).map((value) => 127 * (value + 1));
  const labels = Array.from({ length: BATCH }, (_, i) => i);
  const dataset = { count: BATCH, batch: () => ({ images, shape: SHAPE, labels }) };
  const trainer = new Trainer(buildNetwork(network, engine, { seed: 3 }), dataset, { epochs: 2, batch: BATCH });
  const losses = [trainer.step().loss, trainer.step().loss];
  const logits = await predict(trainer.network, images, SHAPE);
  expect(compile(trainer.network, SHAPE).run(images)).toEqual(logits);
  const parameters = [...trainer.network.parameters()].map((parameter) => parameter.toArray());
  return { losses, logits, parameters };
}

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  test("mnist-original-72", async () => {
    const alone = await trained("mnist-original-72", dtype, build, 1);
    expect(alone.losses[1]).not.toBe(alone.losses[0]);
    for (const count of [2, 3]) expect(await trained("mnist-original-72", dtype, build, count)).toEqual(alone);
  });
});
