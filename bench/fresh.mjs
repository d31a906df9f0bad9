// Rows that are measured in processes of their own, in this runtime and in the other versions of Node that take part: what
// a first call costs, and what memory.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { summary } from "./runner.mjs";

const script = join(import.meta.dirname, "probe.mjs");

function once(executable, row) {
  const { status, stdout, stderr } = spawnSync(executable, [script, JSON.stringify(row)], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${row.name} in a fresh process: ${stderr?.trim() || `ended with ${status}`}`);
  return JSON.parse(stdout);
}

/**
 * Results like those of other rows, with `peak`, the largest resident set in bytes; `error` of a round trip; `bytes` of tables.
 * @param runtimes as of runtimes.mjs
 */
export function measureFresh(row, runtimes) {
  const nodes = runtimes.filter(({ name }) => name.startsWith("node"));
  const places = [{ contender: "ours", executable: process.execPath }];
  places.push(...nodes.map(({ name, executable }) => ({ contender: `ours-${name}`, executable })));
  return places.map(({ contender, executable }) => {
    const results = Array.from({ length: row.runs }, () => once(executable, row));
    const { median: ms, low, high } = summary(results.map((each) => each.ms));
    const peak = Math.max(...results.map((each) => each.peak));
    const [{ build, error, bytes }] = results;
    return { row: row.name, contender, threads: 1, dtype: row.dtype, build, ms, low, high, peak, error, bytes };
  });
}

/** As a block of lines. */
export function printFresh(row, measured) {
  console.log(row.name);
  for (const { contender, dtype, build, ms, low, high, peak, error, bytes } of measured) {
    const megabytes = (count) => `${(count / 1e6).toFixed(1)} MB`;
    const rest = [`${megabytes(peak)} resident at most`];
    if (error !== undefined) rest.push(`relative error ${error.toExponential(1)}`);
    if (bytes !== undefined) rest.push(`tables of ${megabytes(bytes)}`);
    const time = `${ms.toFixed(1)} ms [${low.toFixed(1)}, ${high.toFixed(1)}]`;
    console.log(`  ${`${contender} ${dtype} ${build}`.padEnd(24)} ${time}  ${rest.join(", ")}`);
  }
}
