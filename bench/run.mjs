// Benchmarks on one core, through the built library: `npm run bench`, or `node bench/run.mjs [--quick] [network …]`.
// On Node 20, NODE_OPTIONS=--experimental-wasm-relaxed-simd adds the relaxed build.

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { hasRelaxedSimd, NETWORKS, VERSION } from "../dist/index.mjs";
import { mnist } from "./mnist.mjs";

const { values, positionals } = parseArgs({ options: { quick: { type: "boolean" } }, allowPositionals: true });
const names = positionals.length > 0 ? positionals : ["mnist-original-72", "mnist-original"];
const unknown = names.find((name) => !Object.hasOwn(NETWORKS, name));
if (unknown !== undefined) {
  console.error(`bench: unknown network ${unknown}, expected ${Object.keys(NETWORKS).join(", ")}`);
  process.exit(1);
}

console.log(
  `spherical-cnn ${VERSION}, ${cpus()[0]?.model ?? "unknown processor"}, one core, Node ${process.versions.node}`,
);
for (const build of hasRelaxedSimd() ? ["relaxed", "plain"] : ["plain"]) {
  for (const name of names) await mnist(name, build, values.quick ? 0.5 : 3);
}
