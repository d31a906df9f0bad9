// Rows that are measured in processes of their own, in this runtime and in the other versions of Node that take part: what
// a first call costs, and what memory.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { summary } from "./runner.mjs";

const script = join(import.meta.dirname, "probe.mjs");

function once(executable, row) {
  const { status, signal, error, stdout, stderr } = spawnSync(executable, [script, JSON.stringify(row)], {
    encoding: "utf8",
  });
  if (error) throw error;
  if (status === 0) return JSON.parse(stdout);
  const end = signal ? `was ended by ${signal}` : `ended with ${status}`;
  throw new Error(`its process ${end}${stderr.trim() ? `: ${stderr.trim()}` : ""}`);
}

/** This runtime and the other versions of Node: `{contender, executable}`. @param runtimes as of runtimes.mjs */
export function placesOf(runtimes) {
  const nodes = runtimes.filter(({ name }) => name.startsWith("node"));
  const others = nodes.map(({ name, executable }) => ({ contender: `ours-${name}`, executable }));
  return [{ contender: "ours", executable: process.execPath }, ...others];
}

/**
 * Results like those of other rows, with `peak`, the largest resident set in bytes; `error` of a round trip; `bytes` of tables.
 * A place that fails is left out and handed to `complain` with its Error.
 */
export function measureFresh(row, places, complain) {
  return places.flatMap(({ contender, executable }) => {
    try {
      const results = Array.from({ length: row.runs }, () => once(executable, row));
      const { median: ms, low, high } = summary(results.map((each) => each.ms));
      const peak = Math.max(...results.map((each) => each.peak));
      const [{ build, error, bytes }] = results;
      return [{ row: row.name, contender, threads: 1, dtype: row.dtype, build, ms, low, high, peak, error, bytes }];
    } catch (error) {
      complain(contender, error);
      return [];
    }
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
