// The suite's results as files: {machine, rows, profiles} in JSON, written whole or not at all, and read back checked.

import { accessSync, constants, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Refusal } from "./options.mjs";

/** Before hours are measured: whether the results can be written there. @throws Refusal */
export function checkWritable(file) {
  const folder = dirname(resolve(file));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Refusal(`--json ${file}: there is no folder ${folder}`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    throw new Refusal(`--json ${file}: is there already, and is no file`);
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Refusal(`--json ${file}: nothing can be written to ${folder} (${error.code})`);
  }
}

/** Beside the file first, then in its place. @throws Refusal */
export function writeResults(file, results) {
  const finished = resolve(file);
  const unfinished = `${finished}.unfinished`;
  try {
    writeFileSync(unfinished, `${JSON.stringify(results, null, 1)}\n`);
    renameSync(unfinished, finished);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new Refusal(`--json ${file}: ${error.message}`);
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const areNumbers = (...values) => values.every((value) => Number.isFinite(value));
const areWords = (...values) => values.every((value) => typeof value === "string");

const isMachine = (machine) =>
  isObject(machine) &&
  areWords(machine.processor, machine.system, machine.runtime, machine.commit, machine.date, machine.command) &&
  areNumbers(machine.load, machine.cores);

/** Rows that were measured in processes of their own have no ratio. */
const isResult = (result) =>
  isObject(result) &&
  areWords(result.row, result.contender, result.dtype, result.build) &&
  areNumbers(result.threads, result.ms, result.low, result.high) &&
  (areNumbers(result.peak) || areNumbers(result.ratio?.median, result.ratio?.low, result.ratio?.high));

const isProfile = (profile) =>
  isObject(profile) &&
  areWords(profile.row, profile.build) &&
  areNumbers(profile.ms) &&
  Array.isArray(profile.shares) &&
  profile.shares.every((share) => isObject(share) && areWords(share.name) && areNumbers(share.ms, share.calls));

/** @throws Refusal unless the file holds what this suite writes */
function readResults(file) {
  const refuse = (message) => {
    throw new Refusal(`--from ${file}: ${message}`);
  };
  const attempt = (what, action) => {
    try {
      return action();
    } catch (error) {
      return refuse(`${what} (${error.message})`);
    }
  };
  const text = attempt("cannot be read", () => readFileSync(file, "utf8"));
  const results = attempt("is not JSON", () => JSON.parse(text));
  const expected = "expected what --json writes, {machine, rows, profiles}";
  if (!isObject(results)) refuse(expected);
  if (!isMachine(results.machine)) refuse(`${expected}; its machine is missing or incomplete`);
  for (const [name, isGood] of Object.entries({ rows: isResult, profiles: isProfile })) {
    if (!Array.isArray(results[name])) refuse(`${expected}; its ${name} are missing`);
    const strange = results[name].findIndex((each) => !isGood(each));
    if (strange >= 0) refuse(`${expected}; number ${strange} of its ${name} has missing or strange values`);
  }
  return results;
}

/**
 * The results of several runs as one. What ran in the same rounds belongs together, so a row that several have stands once for
 * each: by its name for the first, followed by the number of the run for the others. The machine is that of the first, with
 * `commands` and commits of all, and the largest load.
 * @throws Refusal for a file that cannot be read, or was measured on another processor
 */
export function earlierResults(files) {
  const runs = files.map(readResults);
  const [{ machine: first }] = runs;
  const merged = { rows: [], profiles: [] };
  for (const [i, run] of runs.entries()) {
    if (run.machine.processor !== first.processor) {
      const processors = `${run.machine.processor}, not on ${first.processor}`;
      throw new Refusal(`--from ${files[i]}: measured on ${processors}; times of two machines cannot be compared`);
    }
    const { rows, profiles } = merged;
    const known = new Set(rows.map(({ row }) => row));
    rows.push(...run.rows.map((each) => (known.has(each.row) ? { ...each, row: `${each.row}/run-${i + 1}` } : each)));
    const profiled = new Set(profiles.map(({ row }) => row));
    profiles.push(...run.profiles.filter(({ row }) => !profiled.has(row)));
  }
  const of = (name) => runs.map(({ machine }) => machine[name]);
  const machine = {
    ...first,
    commit: [...new Set(of("commit"))].join(", "),
    load: Math.max(...of("load")),
    commands: runs.flatMap(({ machine: { command, commands = [command] } }) => commands),
  };
  return { machine, ...merged };
}
