// What the suite needs of the sources: the public library, the rooms below it for rows about single kernels, charts.

export { chartSvg } from "../src/experiments/chart.ts";
export * from "../src/index.ts";
export { dftTable } from "../src/tables/transforms.ts";
export { threads } from "../src/threads/index.ts";
export { loadKernels } from "../src/wasm/load.ts";
export { Memory } from "../src/wasm/memory.ts";
export * from "./naive/definition.ts";
export * from "./naive/linear.ts";
export * from "./naive/network.ts";
export * from "./naive/transforms.ts";
