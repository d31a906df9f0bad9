// Contenders outside of this process (native programs, PyTorch, other runtimes) answer a line with a line:
//
//   prepare WORK        →  ok HANDLE             or  unknown REASON, when the program has no such work
//   time HANDLE SECONDS →  ok SAMPLE SAMPLE …    seconds per run, several times, during about SECONDS
//   release HANDLE      →  ok
//
// and "error TEXT" when something fails. So they take part in the rounds like everyone else.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

export class Peer {
  #child;
  #lines;
  /** How the program ended, once it has. */
  #end;
  /** Whether it answers: false from its last word on. */
  isAlive = true;

  constructor(name, command, args, options = {}) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
    this.#end = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve(error.message));
      this.#child.on("exit", (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with ${code}`));
    });
    this.#child.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The words after "ok", or null after "unknown". */
  async ask(line) {
    this.#child.stdin.write(`${line}\n`);
    const { value } = await this.#lines.next();
    if (value === undefined) {
      this.isAlive = false;
      const end = await Promise.race([this.#end, setTimeout(1000, "its output is closed", { ref: false })]);
      throw new Error(`${this.name}: no answer to "${line}" (${end})`);
    }
    const [status, ...words] = value.trim().split(" ");
    if (status === "unknown") return null;
    if (status !== "ok") throw new Error(`${this.name}: "${line}" was answered with: ${value}`);
    return words;
  }

  /** Asks for something that nobody has: whether there is an answer at all. @throws Error if not; the peer is closed then */
  async greet(line) {
    try {
      await this.ask(line);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** A contender for this work, or null where the program has none. */
  async contender(work, labels) {
    const answer = await this.ask(`prepare ${work}`);
    if (answer === null) return null;
    return {
      threads: 1,
      ...labels,
      sample: async (seconds) => (await this.ask(`time ${answer[0]} ${seconds}`)).map(Number),
      close: () => this.ask(`release ${answer[0]}`),
    };
  }

  close() {
    this.#child.stdin.end();
  }
}
