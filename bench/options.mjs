// The suite's command line: its options, the help about them, and what is refused before anything is measured.

import { parseArgs } from "node:util";
import { ROWS } from "./rows.mjs";
import { RUNTIMES } from "./runtimes.mjs";

/** What a person at the command line has to hear, without a stack. */
export class Refusal extends Error {}

/** By name: the word for its value (none: a switch), its value if left out, whether it may be given more than once. */
const OPTIONS = {
  only: { word: "PATTERN", text: "rows whose name matches this regular expression; all rows if left out" },
  json: { word: "FILE", text: "writes {machine, rows, profiles}" },
  report: { text: "writes docs/performance.md and its charts" },
  from: { word: "FILE", many: true, text: "instead of measuring: what --json wrote; more than one are put together" },
  rounds: { word: "N", preset: "7", text: "in which the contenders of a row take turns; 7 (*)" },
  seconds: { word: "S", preset: "0.1", text: "for each contender in each round; 0.1 (*)" },
  runtime: { word: "NAME", many: true, text: `ours in ${Object.keys(RUNTIMES).join(", ")} besides, fetched with npm` },
  torch: { word: "PYTHON", text: "PyTorch, of that Python" },
  "no-native": { text: "without FFTW, OpenBLAS and C" },
  help: { text: "these lines" },
};

export function help() {
  const usage = Object.entries(OPTIONS).map(([name, { word, text }]) => [`--${name} ${word ?? ""}`, text]);
  const kinds = [...new Set(ROWS.map(({ name }) => name.split("/")[0]))];
  const fresh = ROWS.filter(({ kind }) => kind === "fresh");
  const many = fresh.filter(({ runs }) => runs > 1).map(({ name, runs }) => `${name} takes ${runs}`);
  return [
    "npm run bench -- [options]: every row with every contender that knows it, in interleaved rounds",
    "",
    ...usage.map(([option, text]) => `  ${option.padEnd(17)}${text}`),
    "",
    `(*) not of rows that are measured in processes of their own: ${many.join(", ")}, the others take one.`,
    `Rows: ${kinds.join(", ")}; names are like ${ROWS[0].name} and forward/mnist-original/batch-32.`,
  ].join("\n");
}

/** The words of a command line by option. @throws Refusal for what is no option, or has no value, or two */
function valuesOf(words) {
  const types = Object.entries(OPTIONS).map(([name, { word }]) => [name, { type: word ? "string" : "boolean" }]);
  // Not strict: a value such as -1 is taken as one, and the complaints are ours.
  const options = { ...Object.fromEntries(types), help: { type: "boolean", short: "h" } };
  const { tokens } = parseArgs({ args: words, options, strict: false, allowPositionals: true, tokens: true });
  const values = {};
  for (const [name, { preset, many }] of Object.entries(OPTIONS)) if (preset ?? many) values[name] = preset ?? [];
  const given = new Set();
  for (const { kind, name, rawName, value, inlineValue } of tokens) {
    if (kind === "positional") throw new Refusal(`expected options only, got ${value}; --help shows them`);
    if (kind !== "option") continue;
    if (!Object.hasOwn(OPTIONS, name))
      throw new Refusal(`unknown option ${rawName}; --help shows those that there are`);
    const { word, many } = OPTIONS[name];
    if (!word && inlineValue) throw new Refusal(`--${name} is a switch and takes no value, got ${value}`);
    // What looks like the next option is not this one's value, unless an equals sign says so.
    if (word && (!value || (!inlineValue && value.startsWith("--")))) throw new Refusal(`--${name} needs a ${word}`);
    if (many) values[name].push(value);
    else if (given.has(name)) throw new Refusal(`--${name} was given more than once`);
    else values[name] = word ? value : true;
    given.add(name);
  }
  return values;
}

/**
 * What to do: the options' values, with `rows` those that were chosen, `rounds` and `seconds` numbers.
 * @throws Refusal with a line about what is wrong with them
 */
export function settings(words) {
  const values = valuesOf(words);
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const refuse = (message) => {
    throw new Refusal(message);
  };
  if (!(Number.isSafeInteger(rounds) && rounds >= 1)) {
    refuse(`--rounds must be a positive integer, got ${values.rounds}`);
  }
  if (!(seconds > 0 && seconds < Infinity)) refuse(`--seconds must be a positive number, got ${values.seconds}`);
  const strange = values.runtime.find((name) => !Object.hasOwn(RUNTIMES, name));
  if (strange) refuse(`unknown runtime ${strange}, expected ${Object.keys(RUNTIMES).join(", ")}`);
  if (values.from.length > 0 && !values.json && !values.report && !values.help) {
    refuse("--from needs --report or --json: there is nothing to do with the results");
  }
  let pattern;
  try {
    pattern = new RegExp(values.only ?? "");
  } catch (error) {
    refuse(`--only: ${error.message}`);
  }
  const rows = ROWS.filter(({ name }) => pattern.test(name));
  if (rows.length === 0) {
    refuse(`no row matches ${values.only}; names are like ${ROWS[0].name} and ${ROWS.at(-1).name}`);
  }
  return { ...values, rounds, seconds, rows };
}

/** What was asked for, but for files and folders. */
export function command({ only, rounds, seconds, runtime, torch }) {
  const options = [only && `--only '${only}'`, `--rounds ${rounds} --seconds ${seconds}`];
  options.push(...runtime.map((name) => `--runtime ${name}`), torch && "--torch python3");
  return `npm run bench -- ${options.filter(Boolean).join(" ")}`;
}
