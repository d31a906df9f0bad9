// The other end of bench/runtimes.mjs: `ours` in whatever runtime executes this, by the lines of bench/peers.mjs. WORK is
// a row's name, a dtype and a build.

import process from "node:process";
import { createInterface } from "node:readline";
import { ours } from "./ours.mjs";
import { ROWS } from "./rows.mjs";

const library = await import(process.argv[2]);
const samplers = [];

async function answer(line) {
  const [verb, ...words] = line.split(" ");
  if (verb === "prepare") {
    const [name, dtype, build] = words;
    const row = ROWS.find((each) => each.name === name);
    if (!row) return `unknown row ${name}`;
    if (build === "relaxed" && !library.hasRelaxedSimd()) return "unknown build: this runtime has no relaxed SIMD";
    samplers.push((await ours(library, row, dtype, build)).sample);
    return `ok ${samplers.length - 1}`;
  }
  if (verb === "time") return `ok ${(await samplers[words[0]](Number(words[1]))).join(" ")}`;
  samplers[words[0]] = null;
  return "ok";
}

for await (const line of createInterface({ input: process.stdin })) {
  let text;
  try {
    text = await answer(line);
  } catch (error) {
    text = `error ${error.message.replaceAll("\n", " ")}`;
  }
  process.stdout.write(`${text}\n`);
}
