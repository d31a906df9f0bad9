// The other end of bench/runtimes.mjs: `ours` in whatever runtime executes this, by the lines of bench/peers.mjs. WORK is
// a row's name, a dtype, a build, a contender and a number of threads.

import process from "node:process";
import { createInterface } from "node:readline";
import { ours } from "./ours.mjs";
import { ROWS } from "./rows.mjs";

const library = await import(process.argv[2]);
const prepared = [];

async function answer(line) {
  const [verb, ...words] = line.split(" ");
  if (verb === "prepare") {
    const [name, dtype, build, contender, threads] = words;
    const row = ROWS.find((each) => each.name === name);
    if (!row) return `unknown row ${name}`;
    if (build === "relaxed" && !library.hasRelaxedSimd()) return "unknown build: this runtime has no relaxed SIMD";
    prepared.push(await ours(library, row, { contender, threads: Number(threads), dtype, build }));
    return `ok ${prepared.length - 1}`;
  }
  const [handle, seconds] = words.map(Number);
  if (verb === "time") return `ok ${(await prepared[handle].sample(seconds)).join(" ")}`;
  prepared[handle].close();
  prepared[handle] = null;
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
