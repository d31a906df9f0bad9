// The memory of a process that runs a network: its resident set at most, the runtime and this library included. Each has a
// process of its own, since memory that was once used stays resident.
//
//   node bench/memory.mjs LIBRARY KIND NETWORK BATCH     what the suite starts: prints {bytes, wasm} as JSON

import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CALLS = 100;
const script = fileURLToPath(import.meta.url);

/** The rows that are measured: whole networks in batches. */
const isMeasured = ({ kind, network, batch }) =>
  ["forward", "train"].includes(kind) && network.startsWith("mnist-original") && batch > 1;

/**
 * The memory of the whole networks among the rows, printed.
 * @param library the bundle
 * @returns `{row, bytes, wasm}`: resident bytes, and how large the engine's memory is in the address space
 */
export function memory(library, rows) {
  return rows.filter(isMeasured).map(({ name, kind, network, batch }) => {
    const child = [...process.execArgv, script, library, kind, network, String(batch)];
    const { stdout, stderr, status } = spawnSync(process.execPath, child, { encoding: "utf8" });
    if (status !== 0) throw new Error(`bench: memory of ${name}: ${stderr}`);
    const found = { row: name, ...JSON.parse(stdout) };
    const [resident, reserved] = [found.bytes, found.wasm].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
    console.log(`memory of ${name}: ${resident} resident, the engine's memory ${reserved}`);
    return found;
  });
}

/** Runs a network often enough that nothing more is made, and says what the process takes. */
async function measure([file, kind, network, batch]) {
  const library = await import(file);
  const engine = await library.createEngine();
  const model = library.buildNetwork(network, engine);
  const count = Number(batch);
  const shape = [count, 1, 60, 60];
  const images = Uint8Array.from({ length: count * 3600 }, (_, i) => 127 + 127 * Math.sin(1.7 * i));
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  let call;
  if (kind === "train") {
    const dataset = { count, batch: () => ({ images, shape, labels }) };
    const trainer = new library.Trainer(model, dataset, { epochs: CALLS, batch: count });
    call = () => trainer.step();
  } else {
    const plan = library.compile(model, shape);
    call = () => plan.run(images);
  }
  for (let i = 0; i < CALLS; i++) call();
  const bytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(JSON.stringify({ bytes, wasm: engine.memoryStatistics.reserved }));
}

if (process.argv[1] === script) await measure(process.argv.slice(2));
