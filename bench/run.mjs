// The bench suite: `npm run bench -- [options]`. Every row of bench/rows.mjs with every contender that knows it, in
// interleaved rounds; --help shows the options (bench/options.mjs). On Node 20, which has relaxed SIMD behind a flag, the
// flag is set.

import { setFlagsFromString } from "node:v8";
import { bundledLibrary } from "./bundle.mjs";
import { peersOf, prepare, removeEnded } from "./contenders.mjs";
import { floorOf } from "./floor.mjs";
import { measureFresh, placesOf, printFresh } from "./fresh.mjs";
import { machine } from "./machine.mjs";
import { flopsOf } from "./native.mjs";
import { command, help, Refusal, settings } from "./options.mjs";
import { PEAK, printRow } from "./print.mjs";
import { profiles } from "./profile.mjs";
import { checkWritable, earlierResults, writeResults } from "./results.mjs";
import { ROWS } from "./rows.mjs";
import { measure } from "./runner.mjs";

if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

/** What goes wrong while others go on: a line, and the program's status in the end. */
function complain(message) {
  console.error(`bench: ${message}`);
  process.exitCode = 1;
}

/** The floor is a sum of medians: its ratio to ours is one of medians. */
const proportion = (ms, reference) => ({
  median: ms / reference.ms,
  low: ms / reference.high,
  high: ms / reference.low,
});

async function measureRow(library, row, peers, rounds) {
  if (row.kind === "fresh") {
    const leaveOut = (contender, error) => complain(`${row.name} without ${contender}: ${error.message}`);
    return measureFresh(row, placesOf(peers.runtimes), leaveOut);
  }
  const contenders = [];
  let measured;
  try {
    await prepare(library, row, peers, contenders);
    measured = await measure(row, contenders, rounds);
  } finally {
    // What cannot be closed has ended.
    await Promise.allSettled(contenders.map(async ({ close }) => close()));
  }
  const floor = await floorOf(library, peers.native, row, rounds.seconds);
  if (floor) measured.push({ ...floor, ratio: proportion(floor.ms, measured[0]) });
  return measured;
}

/** The results of a row; without programs that ended meanwhile; none where it fails, since the other rows stand for themselves. */
async function attemptRow(library, row, peers, rounds) {
  try {
    return await measureRow(library, row, peers, rounds);
  } catch (error) {
    const ended = removeEnded(peers);
    if (ended.length > 0) {
      complain(`${row.name} again, and what follows, without ${ended.join(", ")}: ${error.message}`);
      return attemptRow(library, row, peers, rounds);
    }
    complain(`${row.name} was given up: ${error.message}`);
    return [];
  }
}

async function run({ rows, rounds, seconds, ...chosen }) {
  const library = await bundledLibrary();
  const module = await import(library);
  const peers = await peersOf(library, chosen);
  const about = { ...machine(), version: module.VERSION, command: command({ rounds, seconds, ...chosen }) };
  console.log(`spherical-cnn ${about.version} (${about.commit}), ${about.processor}, ${about.runtime}\n`);

  const counted = rows.some((row) => flopsOf(module, row) !== null);
  const peakRow = ROWS.find(({ name }) => name === PEAK);
  const peaks = counted ? await attemptRow(module, peakRow, peers, { rounds: 1, seconds: Math.max(0.1, seconds) }) : [];
  const results = [];
  for (const row of rows) {
    const measured = await attemptRow(module, row, peers, { rounds, seconds });
    results.push(...measured);
    if (row.kind === "fresh") printFresh(row, measured);
    else if (measured.length > 0) printRow(row, measured, flopsOf(module, row), peaks);
  }
  for (const { peer } of Object.values(peers).flat()) peer.close();
  const leaveOut = (row, error) => complain(`no profile of ${row.name}: ${error.message}`);
  return { machine: about, rows: results, profiles: await profiles(module, rows, leaveOut) };
}

async function main(words) {
  const chosen = settings(words);
  if (chosen.help) {
    console.log(help());
    return;
  }
  if (chosen.json) checkWritable(chosen.json);
  const results = chosen.from.length > 0 ? earlierResults(chosen.from) : await run(chosen);
  if (chosen.json) writeResults(chosen.json, results);
  if (chosen.report) {
    const { chartSvg } = await import(await bundledLibrary());
    (await import("./report.mjs")).writeReport(results, chartSvg);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  complain(error.message);
}
