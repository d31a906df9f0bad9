// The bench suite: `npm run bench -- [options]`. Every row of bench/rows.mjs with every contender that knows it, in
// interleaved rounds.
//
//   --only PATTERN    rows whose name matches this regular expression
//   --json FILE       writes {machine, rows, profiles}
//   --report          writes docs/performance.md and its charts from the results (with --from FILE …, from those files)
//   --rounds N        7
//   --seconds S       for each contender in each round; 0.1
//   --runtime NAME    deno, bun or node24: ours in that runtime besides, fetched with npm
//   --torch PYTHON    PyTorch, of that Python
//   --no-native       without FFTW, OpenBLAS and C
//
// On Node 20, which has relaxed SIMD behind a flag, the flag is set.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { bundledLibrary } from "./bundle.mjs";
import { floorOf } from "./floor.mjs";
import { measureFresh, printFresh } from "./fresh.mjs";
import { machine } from "./machine.mjs";
import { nativeContenders } from "./native/build.mjs";
import { natives } from "./native.mjs";
import { ours, references, variants } from "./ours.mjs";
import { Peer } from "./peers.mjs";
import { printRow } from "./print.mjs";
import { profiles } from "./profile.mjs";
import { ROWS } from "./rows.mjs";
import { measure } from "./runner.mjs";
import { RUNTIMES, runtimeOf } from "./runtimes.mjs";

if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    json: { type: "string" },
    report: { type: "boolean" },
    from: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "0.1" },
    runtime: { type: "string", multiple: true, default: [] },
    torch: { type: "string" },
    "no-native": { type: "boolean" },
  },
});

function fail(message) {
  console.error(`bench: ${message}`);
  process.exit(1);
}

/** What the options say, or the end of the program with a line about what is wrong with them. */
function settings() {
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  if (!(Number.isInteger(rounds) && rounds >= 1)) fail(`--rounds must be a positive integer, got ${values.rounds}`);
  if (!(seconds > 0)) fail(`--seconds must be a positive number, got ${values.seconds}`);
  const strange = values.runtime.find((name) => !Object.hasOwn(RUNTIMES, name));
  if (strange) fail(`unknown runtime ${strange}, expected ${Object.keys(RUNTIMES).join(", ")}`);
  let pattern;
  try {
    pattern = new RegExp(values.only ?? "");
  } catch (error) {
    fail(`--only: ${error.message}`);
  }
  const rows = ROWS.filter(({ name }) => pattern.test(name));
  if (rows.length === 0) fail(`no row matches ${values.only}; names are like ${ROWS[0].name} and ${ROWS.at(-1).name}`);
  return { rounds, seconds, rows };
}

/** Ours in this runtime and in others, one dtype: the first variant in all builds, the others in f32 and the fastest. */
async function oursOf(library, row, dtype, peers) {
  const builds = library.hasRelaxedSimd() ? ["relaxed", "plain"] : ["plain"];
  const [first, ...others] = variants(row);
  const prepared = [];
  for (const build of builds) prepared.push(await ours(library, row, { ...first, dtype, build }));
  for (const variant of dtype === "f32" ? others : []) {
    prepared.push(await ours(library, row, { ...variant, dtype, build: builds[0] }));
  }
  for (const { name, builds: theirs, peer } of peers) {
    const take = async ({ contender, threads }, build) => {
      const labels = { contender: `${contender}-${name}`, threads, dtype, build };
      const found = await peer.contender(`${row.name} ${dtype} ${build} ${contender} ${threads}`, labels);
      if (found) prepared.push(found);
    };
    for (const build of theirs) await take(first, build);
    for (const variant of dtype === "f32" ? others : []) await take(variant, theirs[0]);
  }
  return prepared;
}

/** All contenders of a row; the first is what ratios refer to. */
async function contendersOf(library, row, { native, runtimes, torch }) {
  const contenders = [];
  for (const dtype of row.dtypes) {
    contenders.push(...(await oursOf(library, row, dtype, runtimes)));
    const found = await torch?.contender(`${row.name} ${dtype}`, { contender: "torch", dtype, build: "" });
    if (found) contenders.push(found);
    contenders.push(...(await natives(library, native, row, dtype)));
  }
  contenders.push(...(await references(library, row)));
  return contenders;
}

/** What was asked for, but for files and folders. */
function command() {
  const { only, rounds, seconds, runtime, torch } = values;
  const options = [only && `--only '${only}'`, `--rounds ${rounds} --seconds ${seconds}`];
  options.push(...runtime.map((name) => `--runtime ${name}`), torch && "--torch python3");
  return `npm run bench -- ${options.filter(Boolean).join(" ")}`;
}

/** Other runtimes and PyTorch, as far as they can be had. */
async function otherPeers(library) {
  const runtimes = [];
  const missing = (what, error) => console.log(`bench: no contender ${what}: ${error.message}`);
  for (const name of values.runtime) {
    try {
      const runtime = runtimeOf(name, library);
      await runtime.peer.greet("prepare nothing f32 plain ours 1");
      runtimes.push(runtime);
    } catch (error) {
      missing(`ours-${name}`, error);
    }
  }
  if (!values.torch) return { runtimes, torch: null };
  const torch = new Peer("torch", values.torch, [new URL("torch/serve.py", import.meta.url).pathname]);
  try {
    await torch.greet("prepare nothing/at/all f32");
    return { runtimes, torch };
  } catch (error) {
    missing("torch", error);
    return { runtimes, torch: null };
  }
}

/** The results of one row, printed. */
async function measureRow(library, row, peers, rounds) {
  if (row.kind === "fresh") {
    const measured = measureFresh(row, peers.runtimes);
    printFresh(row, measured);
    return measured;
  }
  const contenders = await contendersOf(library, row, peers);
  const measured = await measure(row, contenders, rounds);
  for (const { close } of contenders) await close();
  const floor = await floorOf(library, peers.native, row, rounds.seconds);
  if (floor) measured.push({ ...floor, ratio: proportion(floor.ms, measured[0]) });
  return measured;
}

async function run() {
  const { rows, ...rounds } = settings();
  const library = await bundledLibrary();
  const module = await import(library);
  const { contenders: native, missing } = values["no-native"] ? { contenders: [], missing: [] } : nativeContenders();
  for (const reason of missing) console.log(`bench: ${reason}`);
  const peers = { native, ...(await otherPeers(library)) };
  const about = { ...machine(), version: module.VERSION, command: command() };
  console.log(`spherical-cnn ${about.version} (${about.commit}), ${about.processor}, ${about.runtime}\n`);

  const results = [];
  for (const row of rows) {
    try {
      const measured = await measureRow(module, row, peers, rounds);
      results.push(...measured);
      if (row.kind !== "fresh") printRow(row, measured, results);
    } catch (error) {
      // The other rows stand for themselves.
      console.error(`bench: ${row.name} was given up: ${error.message}`);
      process.exitCode = 1;
    }
  }
  for (const { peer } of [...native, ...peers.runtimes]) peer.close();
  peers.torch?.close();
  return { machine: about, rows: results, profiles: await profiles(module, rows) };
}

/** The floor is a sum of medians: its ratio to ours is one of medians. */
const proportion = (ms, reference) => ({
  median: ms / reference.ms,
  low: ms / reference.high,
  high: ms / reference.low,
});

/** The results of several runs as one; the machine is that of the first. */
function earlierResults() {
  const runs = values.from.map((file) => JSON.parse(readFileSync(file, "utf8")));
  return {
    machine: { ...runs[0].machine, commands: runs.map(({ machine }) => machine.command) },
    rows: runs.flatMap(({ rows }) => rows),
    profiles: runs.flatMap(({ profiles }) => profiles),
  };
}

const results = values.from.length > 0 ? earlierResults() : await run();
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
if (values.report) {
  const { chartSvg } = await import(await bundledLibrary());
  (await import("./report.mjs")).writeReport(results, chartSvg);
}
