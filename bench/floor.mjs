// The native floor of a row: its necessary work, stage by stage, each by whichever of FFTW, OpenBLAS and the C twin (at
// any width) does it fastest, added up. A transform may take its DFTs from one and its Wigner sums from another.

import { stagesOf } from "./native.mjs";
import { median } from "./runner.mjs";

const KINDS = ["layer", "forward", "train"];

/** Seconds of stages that were measured once in this run. */
const known = new Map();

/** The fastest of the contenders for these stages, or Infinity. */
async function best(native, work, seconds) {
  if (known.has(work)) return known.get(work);
  let fastest = Infinity;
  for (const { dtypes, peer } of native) {
    if (!dtypes.includes("f32")) continue;
    const prepared = await peer.contender(work, {});
    if (!prepared) continue;
    fastest = Math.min(fastest, median(await prepared.sample(seconds)));
    await prepared.close();
  }
  known.set(work, fastest);
  return fastest;
}

/** The real DFTs of a transform as FFTW takes them: for SO(3) a plane for each β of each signal, for S² its lines. */
function dftWork(stage) {
  const [kind, , grid, , signals] = stage.split(" ");
  const n = 2 * Number(grid);
  // A batch that stays in the cache, as the transform's own does: four planes of n × n.
  const [sides, planes] = kind.startsWith("so3") ? [2, n * Number(signals)] : [1, Number(signals)];
  return { work: `dft f32 ${n} ${n / 2} ${sides} 4`, times: planes / 4 };
}

async function stageSeconds(native, stage, seconds) {
  const whole = await best(native, stage, seconds);
  const [kind, ...rest] = stage.split(" ");
  if (!/^(s2|so3)-/.test(kind)) return whole;
  const part = (name) => best(native, [`${kind}-${name}`, ...rest].join(" "), seconds);
  const { work, times } = dftWork(stage);
  const dft = Math.min(await part("dft"), times * (await best(native, work, seconds)));
  return Math.min(whole, dft + (await part("wigner")));
}

/** A result like a contender's, or null where a row has no floor or there is nothing native. */
export async function floorOf(library, native, row, seconds) {
  const stages = KINDS.includes(row.kind) && native.length > 0 ? stagesOf(library, row, "f32") : null;
  if (!stages) return null;
  let sum = 0;
  for (const stage of stages) sum += await stageSeconds(native, stage, seconds / 3);
  const ms = sum * 1e3;
  return Number.isFinite(ms)
    ? { row: row.name, contender: "floor", threads: 1, dtype: "f32", build: "best", ms, low: ms, high: ms }
    : null;
}
