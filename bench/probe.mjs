// The other end of bench/fresh.mjs: one piece of work in a process of its own, by the library as it is published. Prints one
// line of JSON: milliseconds, the process's largest resident set in bytes, and what else the work has to say.

const began = performance.now();

const library = () => import("../dist/index.mjs");

async function file(name) {
  const { readFile } = await import("node:fs/promises");
  return readFile(new URL(`../models/${name}`, import.meta.url));
}

async function digits({ readDigits, SphericalMnist }) {
  const [images, labels] = await Promise.all(
    ["images-idx3", "labels-idx1"].map((name) => file(`mnist-test-500-${name}-ubyte.gz`)),
  );
  return new SphericalMnist({ ...(await readDigits(images, labels)), rotated: true, cache: true });
}

/** Milliseconds of each call, once the code is compiled. */
function timed(calls, call) {
  for (let i = 0; i < calls; i++) call();
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  return (performance.now() - start) / calls;
}

/** The largest error of a spectrum after its inverse and its forward transform, over its largest entry. */
async function roundTrip({ createEngine, ...ops }, { domain, bandwidth, channels, dtype }) {
  const engine = await createEngine({ dtype });
  const side = 2 * bandwidth;
  const shape = [1, channels, ...Array(domain === "s2" ? 2 : 3).fill(side)];
  const count = shape.reduce((a, b) => a * b);
  const make = () => {
    const noise = new Float32Array(count);
    for (let i = 0; i < count; i++) noise[i] = Math.sin(1.7 * i + 0.3 * Math.cos(i));
    // The forward transform of anything is band-limited.
    return ops[`${domain}Fft`](engine.signal(noise, shape)).keep();
  };
  const X = engine.scope(() => engine.noGrad(make));
  const start = performance.now();
  const Y = engine.scope(() => engine.noGrad(() => ops[`${domain}Fft`](ops[`${domain}Ifft`](X)).keep()));
  const ms = performance.now() - start;
  const [before, after] = [X.view(), Y.view()];
  let [error, largest] = [0, 0];
  for (let i = 0; i < before.length; i++) {
    error = Math.max(error, Math.abs(before[i] - after[i]));
    largest = Math.max(largest, Math.abs(before[i]));
  }
  return { ms, error: error / largest, build: engine.build };
}

/** By kind of row: what is to be reported. */
const WORK = {
  /** Import, load the network, classify one digit. */
  async "cold-start"() {
    const { createEngine, loadCheckpoint, predict } = await library();
    const engine = await createEngine();
    const { network } = loadCheckpoint(engine, await file("mnist-original-72.safetensors"));
    await predict(network, new Uint8Array(3600).fill(99), [1, 1, 60, 60]);
    return { ms: performance.now() - began, build: engine.build };
  },

  async inference({ network, batch }) {
    const all = await library();
    const engine = await all.createEngine();
    const { images, shape } = (await digits(all)).batch(Array.from({ length: batch }, (_, i) => i));
    const plan = all.compile(all.buildNetwork(network, engine), shape);
    return { ms: timed(50, () => plan.run(images)), build: engine.build };
  },

  async training({ network, batch }) {
    const all = await library();
    const engine = await all.createEngine();
    const dataset = await digits(all);
    const trainer = new all.Trainer(all.buildNetwork(network, engine), dataset, { epochs: 1e6, batch });
    return { ms: timed(50, () => trainer.step()), build: engine.build };
  },

  "round-trip": async (row) => roundTrip(await library(), row),

  /** A first transform, which makes the tables. */
  async tables({ bandwidth }) {
    const { createEngine, so3Fft } = await library();
    const engine = await createEngine();
    const side = 2 * bandwidth;
    const start = performance.now();
    engine.scope(() =>
      engine.noGrad(() => void so3Fft(engine.signal(new Float32Array(side ** 3), [1, 1, side, side, side]))),
    );
    const ms = performance.now() - start;
    return { ms, build: engine.build, bytes: engine.kernels.so3TableBytes(bandwidth, bandwidth, bandwidth, 1) };
  },
};

const row = JSON.parse(process.argv[2]);
const result = await WORK[row.work](row);
console.log(JSON.stringify({ ...result, peak: process.resourceUsage().maxRSS * 1024 }));
