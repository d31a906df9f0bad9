// Where the time of each network goes: an engine whose kernels each keep a clock. What no kernel accounts for is the tape,
// dispatch and data. The clocks themselves take some time of many small calls, which is measured and taken off.

import { digits } from "./ours.mjs";

/** Kernels that do the same job, by the name under which the report shows them. */
const GROUPS = {
  "S² transform": /^s2/,
  "SO(3): rectifiers from spectrum to spectrum": /^so3Rectify/,
  "SO(3) transform": /^so3/,
  "matrix products": /^gemm/,
  "filters' order in memory": /^transposeMiddle/,
  "packing of signals": /^(pack|unpack)Signals/,
  optimiser: /^(adam|sgd)Step/,
  "bias, sums, losses and other kernels": /./,
};

/** What no kernel accounts for. */
export const REST = "not kernels: tape, dispatch, data";

const groupOf = (kernel) => Object.keys(GROUPS).find((name) => GROUPS[name].test(kernel));

async function clockedEngine(library, build, clock) {
  const memory = new library.Memory(65536, 2 ** 31);
  const kernels = {};
  for (const [name, call] of Object.entries(await library.loadKernels(`f32-${build}`, memory))) {
    kernels[name] = /Bytes$|^lanes$/.test(name)
      ? call
      : (...args) => {
          const began = performance.now();
          const result = call(...args);
          clock.add(name, performance.now() - began);
          return result;
        };
  }
  return new library.Engine("f32", build, memory, kernels);
}

/** Milliseconds and calls by group. */
class Clock {
  groups = new Map();

  add(kernel, ms) {
    const name = groupOf(kernel);
    const group = this.groups.get(name) ?? { ms: 0, calls: 0 };
    group.ms += ms;
    group.calls++;
    this.groups.set(name, group);
  }
}

/** Milliseconds of a pair of clock readings. */
function clockCost() {
  const began = performance.now();
  for (let i = 0; i < 20000; i++) performance.now();
  return (performance.now() - began) / 20000;
}

async function profile(library, row, build) {
  const clock = new Clock();
  const engine = await clockedEngine(library, build, clock);
  const dataset = await digits(library);
  const { network, batch } = row;
  let step;
  if (row.kind === "train") {
    const count = dataset.count - (dataset.count % batch);
    const whole = { count, batch: (numbers) => dataset.batch(numbers) };
    const trainer = new library.Trainer(library.buildNetwork(network, engine), whole, { epochs: 1e6, batch });
    step = () => trainer.step();
  } else {
    const module = library.buildNetwork(network, engine).eval();
    const { images, shape } = dataset.batch(Array.from({ length: batch }, (_, i) => i));
    const plan = library.compile(module, shape);
    step = () => plan.run(images);
  }
  const enough = (began, milliseconds) => performance.now() - began > milliseconds;
  const warm = performance.now();
  for (let i = 0; i < 2 || (i < 200 && !enough(warm, 500)); i++) step();
  clock.groups.clear();
  const began = performance.now();
  let steps = 0;
  while (steps < 2 || (steps < 2000 && !enough(began, 2000))) {
    step();
    steps++;
  }
  const elapsed = (performance.now() - began) / steps;
  const cost = clockCost();
  let kernels = 0;
  let calls = 0;
  const shares = [...clock.groups].map(([name, group]) => {
    kernels += group.ms / steps;
    calls += group.calls / steps;
    return { name, ms: group.ms / steps, calls: group.calls / steps };
  });
  const rest = Math.max(0, elapsed - kernels - calls * cost);
  return {
    row: row.name,
    build,
    ms: elapsed,
    shares: [...shares.sort((a, b) => b.ms - a.ms), { name: REST, ms: rest, calls: 0 }],
  };
}

/** A profile of each whole network among the rows, in the build that the runtime prefers; `complain` hears of one that fails. */
export async function profiles(library, rows, complain) {
  const build = library.hasRelaxedSimd() ? "relaxed" : "plain";
  const found = [];
  for (const row of rows.filter(({ kind }) => ["forward", "train"].includes(kind))) {
    try {
      found.push(await profile(library, row, build));
    } catch (error) {
      complain(row, error);
    }
  }
  return found;
}
