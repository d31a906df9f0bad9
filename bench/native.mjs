// What the native contenders do for a row: the stages of bench/stages.mjs in words.

import { flatModules, layerStages, networkStages, productStages } from "./stages.mjs";

/** Kind of row → its stages for one dtype, or null. */
const WORK = {
  dft: (_, { n, sides, orders }, dtype) => [`dft ${dtype} ${n} ${orders} ${sides} 4`],
  gemm: (_, { n }, dtype) => [`gemm ${dtype} 0 0 ${n} ${n} ${n}`],
  transform: (_, { domain, direction, bandwidth }, dtype) => [
    `${domain}-${direction === "fft" ? "analysis" : "synthesis"} ${dtype} ${bandwidth} ${bandwidth} 1`,
  ],
  blocks: (library, row) => productStages(layerOf(library, row), row.batch),
  layer: (library, row) => layerStages(layerOf(library, row), row.batch),
  forward: (library, { network, batch }) => networkStages(library.networkDescription(network), batch, false),
  train: (library, { network, batch }) => networkStages(library.networkDescription(network), batch, true),
};

const layerOf = (library, { network, layer }) =>
  flatModules(library.networkDescription(network)).find(({ name }) => name === layer);

/** The stages of a row, or null where native programs have nothing to compare. */
export function stagesOf(library, row, dtype) {
  if (dtype === "f64" && !["dft", "gemm", "transform"].includes(row.kind)) return null;
  return WORK[row.kind]?.(library, row, dtype) ?? null;
}

/** Floating-point operations of a row, null where they are not counted: DFTs say their own, products are added up. */
export function flopsOf(library, row) {
  if (row.flops || row.kind !== "blocks") return row.flops ?? null;
  const sizes = stagesOf(library, row, "f32").map((stage) => stage.split(" ").slice(4).map(Number));
  return sizes.reduce((sum, [M, N, K]) => sum + 2 * M * N * K, 0);
}

/** The native contenders of a row for one dtype, among those of `nativeContenders()`. */
export async function natives(library, available, row, dtype) {
  const stages = stagesOf(library, row, dtype);
  if (!stages) return [];
  const found = [];
  for (const { contender, build, dtypes, peer } of available) {
    if (!dtypes.includes(dtype)) continue;
    const prepared = await peer.contender(stages.join(";"), { contender, build, dtype });
    if (prepared) found.push(prepared);
  }
  return found;
}
