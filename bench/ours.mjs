// The contenders `ours`, `typescript` and `definition`: for each kind of row, a function that does its work once.

import { readFile } from "node:fs/promises";
import { sampler } from "./runner.mjs";
import { flatModules, productStages } from "./stages.mjs";

/** Numbers that look like a signal, between −1 and 1, the same at every run. */
const numbers = (count) => Float64Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + 0.3 * Math.cos(i)));

const layerOf = (library, { network, layer }) =>
  flatModules(library.networkDescription(network)).find(({ name }) => name === layer);

/** Runs an operation as a user would at inference. */
const inference = (engine, work) => () => engine.scope(() => engine.noGrad(work));

/** Kind of row → engine and library → the function to time; null where a row is not for us. */
const OURS = {
  dft(engine, _, { n, sides, orders }) {
    const { kernels, memory, lanes } = engine;
    const width = 2 * orders - 1;
    const groups = 4 / lanes;
    const table = memory.allocate(kernels.dftTableBytes(n));
    kernels.dftTable(n, table);
    const [x, X, Y] = [n * n, n * width, width * width].map((count) => memory.allocate(16 * groups * count));
    const scratch = memory.allocate(kernels.dftScratchBytes(n));
    engine.view(x, n * n * 4).set(numbers(n * n * 4));
    return () => {
      for (let g = 0; g < groups; g++) {
        const [from, middle, to] = [x + g * 16 * n * n, X + g * 16 * n * width, Y + g * 16 * width * width];
        kernels.analyzeLines(n, orders, n, from, 16, 16 * n, middle, 16, 16 * width, table, scratch);
        if (sides === 2)
          kernels.analyzeLines(n, orders, width, middle, 16 * width, 16, to, 16 * width, 16, table, scratch);
      }
    };
  },

  gemm: (engine, _, { n }) => products(engine, [[0, 0, n, n, n]]),

  blocks: (engine, library, row) =>
    products(
      engine,
      productStages(layerOf(library, row), row.batch).map((stage) => stage.split(" ").slice(2).map(Number)),
    ),

  transform(engine, library, { domain, direction, bandwidth }) {
    const sides = Array(domain === "s2" ? 2 : 3).fill(2 * bandwidth);
    const signal = engine.signal(numbers((2 * bandwidth) ** sides.length), [1, 1, ...sides]);
    const forward = library[`${domain}Fft`];
    if (direction === "fft") return inference(engine, () => void forward(signal));
    const spectrum = forward(signal);
    const inverse = library[`${domain}Ifft`];
    return inference(engine, () => void inverse(spectrum));
  },

  correlation(engine, library, { bandwidth }) {
    const { layer, signal } = correlationInput(engine, library, bandwidth);
    return inference(engine, () => void layer.forward(signal));
  },

  layer(engine, library, row) {
    const { name: _, ...description } = layerOf(library, row);
    const layer = library.moduleFromDescription(engine, description, new library.Random(1)).eval();
    const { type, featuresIn, bandwidthIn } = description;
    const shape = [row.batch, featuresIn, ...Array(type === "S2Convolution" ? 2 : 3).fill(2 * bandwidthIn)];
    const signal = engine.signal(numbers(shape.reduce((a, b) => a * b)), shape);
    return inference(engine, () => void layer.forward(signal));
  },

  async forward(engine, library, { network, batch }, { layers }) {
    const { images, shape } = (await digits(library)).batch(Array.from({ length: batch }, (_, i) => i));
    const module = library.buildNetwork(network, engine).eval();
    if (layers) return inference(engine, () => void module.forward(engine.signal(images, shape)));
    const plan = library.compile(module, shape);
    return () => void plan.run(images);
  },

  async train(engine, library, { network, batch }) {
    const dataset = await digits(library);
    const count = dataset.count - (dataset.count % batch);
    const whole = { count, batch: (chosen) => dataset.batch(chosen) };
    const trainer = new library.Trainer(library.buildNetwork(network, engine), whole, { epochs: 1e6, batch });
    return () => void trainer.step();
  },
};

/** A list of matrix products, one after the other. */
function products(engine, sizes) {
  const { kernels, memory } = engine;
  const size = engine.bytesPerNumber;
  const jobs = sizes.map(([ta, tb, M, N, K]) => {
    const [a, b, c] = [M * K, K * N, M * N].map((count) => memory.allocate(count * size));
    engine.view(a, M * K).set(numbers(M * K));
    engine.view(b, K * N).set(numbers(K * N));
    const scratch = memory.allocate(kernels.gemmScratchBytes(M, N, K));
    return [ta, tb, M, N, K, 1, a, ta ? M : K, b, tb ? K : N, 0, c, N, scratch];
  });
  return () => {
    for (const job of jobs) kernels.gemm(...job);
  };
}

let cachedDigits = null;

/** The digits that the repository carries, rotated, projected before anything is timed. */
export async function digits(library) {
  if (cachedDigits) return cachedDigits;
  const file = (name) => readFile(new URL(`../models/mnist-test-500-${name}-ubyte.gz`, import.meta.url));
  const { images, labels } = await library.readDigits(await file("images-idx3"), await file("labels-idx1"));
  cachedDigits = new library.SphericalMnist({ images, labels, rotated: true, cache: true });
  for (let digit = 0; digit < cachedDigits.count; digit++) cachedDigits.digit(digit);
  return cachedDigits;
}

function correlationInput(engine, library, bandwidth) {
  const grid = library.s2NearIdentityGrid();
  const sizes = { featuresIn: 1, featuresOut: 1, bandwidthIn: bandwidth, bandwidthOut: bandwidth };
  const layer = new library.S2Convolution(engine, { ...sizes, grid, rng: new library.Random(1) }).eval();
  const side = 2 * bandwidth;
  return { grid, layer, signal: engine.signal(numbers(side * side), [1, 1, side, side]) };
}

/** The same for plain TypeScript. */
const TYPESCRIPT = {
  dft(library, { n, sides, orders }) {
    if (n > 64) return null;
    const line = (i) => ({ re: [...numbers(n)].map((x) => x + i), im: new Array(n).fill(0) });
    const planes = Array.from({ length: 4 }, () => Array.from({ length: n }, (_, i) => line(i)));
    if (sides === 2) return () => void planes.map((plane) => library.dft2(plane, orders));
    return () => void planes.map((plane) => plane.map((each) => library.dft(each, orders)));
  },
  gemm(library, { n }) {
    if (n > 256) return null;
    const matrix = Array.from({ length: n }, () => [...numbers(n)]);
    return () => void library.matrixProduct(matrix, matrix);
  },
  transform(library, { domain, direction, bandwidth }) {
    if (bandwidth > (domain === "s2" ? 64 : 10)) return null;
    const plan = library.naivePlan(domain, bandwidth, bandwidth);
    const signal = numbers((2 * bandwidth) ** (domain === "s2" ? 2 : 3));
    if (direction === "fft") return () => void library.naiveForward(plan, signal);
    const spectrum = library.naiveForward(plan, signal);
    return () => void library.naiveInverse(plan, spectrum);
  },
  forward(library, { network, batch }) {
    if (network !== "mnist-original" || batch > 1) return null;
    const spectrum = (count) => ({ re: [...numbers(count)], im: [...numbers(count)] });
    const filters = (inputs, outputs, count) =>
      Array.from({ length: inputs }, () => Array.from({ length: outputs }, () => spectrum(count)));
    const linear = Array.from({ length: 10 }, () => [...numbers(40)]);
    const run = library.naiveMnistOriginal({ first: filters(1, 20, 100), second: filters(20, 40, 286), linear });
    const digit = numbers(3600);
    return () => void run(digit);
  },
};

/** Both are in f64, as JavaScript's numbers are. */
const DEFINITION = {
  async correlation(library, { bandwidth }) {
    const engine = await library.createEngine({ dtype: "f64", build: "plain" });
    const { grid, layer, signal } = correlationInput(engine, library, bandwidth);
    const points = library.turnedPoints(bandwidth, grid);
    const kernel = layer.kernel.toArray();
    return inference(engine, () => void library.correlateByDefinition(signal, kernel, points));
  },
};

/**
 * What of ours takes part in a row: inference plans, and beside them layer by layer; batches with two threads too.
 * `{contender, threads}`, the first of them in every build and dtype, the others in the fastest build of f32.
 */
export function variants({ kind, batch }) {
  const found = [{ contender: "ours", threads: 1 }];
  if (kind === "forward") found.push({ contender: "ours-layers", threads: 1 });
  if (["forward", "train"].includes(kind) && batch > 1) found.push({ contender: "ours", threads: 2 });
  return found;
}

/** One of them, ready to be timed. */
export async function ours(library, row, { contender, threads, dtype, build }) {
  const engine = await library.createEngine({ dtype, build, memoryLimit: 2 ** 32, threads: library.threads(threads) });
  const call = await OURS[row.kind](engine, library, row, { layers: contender === "ours-layers" });
  return { contender, threads, dtype, build, sample: sampler(call), close: () => engine.dispose() };
}

/** The contenders `typescript` and `definition` where a row has them. */
export async function references(library, row) {
  const found = [];
  for (const [contender, kinds] of Object.entries({ typescript: TYPESCRIPT, definition: DEFINITION })) {
    const call = await kinds[row.kind]?.(library, row);
    if (!call) continue;
    found.push({ contender, threads: 1, dtype: "f64", build: "", sample: sampler(call), close() {} });
  }
  return found;
}
