// The panel with the figures of this visit: how fast, which kernels, how large.

import type { Build } from "spherical-cnn";
import { element } from "./cards.ts";
import { legibly, say } from "./legible.ts";
import type { Tally } from "./messages.ts";

/** What the build says of itself, `files.json`. */
interface Files {
  /** Of all files that the page loads, packed as servers do. */
  readonly gzip: number;
}

/** Answers whose median is shown. */
const WINDOW = 60;

const KINDS: Readonly<Record<Build, string>> = {
  plain: "plain SIMD",
  relaxed: "relaxed SIMD",
};

export class Figures {
  readonly #cells = new Map<string, { value: HTMLElement; remark: HTMLElement }>();
  readonly #latencies: number[] = [];
  readonly #showLatency = legibly((latencies: readonly number[]) => {
    const median = [...latencies].sort((a, b) => a - b)[latencies.length >> 1]!;
    this.#set("Time per answer", `${median.toFixed(2)} ms`, "projection and network, median");
  });

  constructor(list: HTMLElement) {
    for (const name of ["First answer", "Time per answer", "Turns per second", "Kernels", "Threads", "Download"]) {
      const value = element("span", {}, "–");
      const remark = element("small");
      list.append(element("div", {}, element("dt", {}, name), element("dd", {}, value, remark)));
      this.#cells.set(name, { value, remark });
    }
    this.threads = 1;
    void this.#download();
  }

  #set(name: string, value: string, remark = ""): void {
    const cell = this.#cells.get(name)!;
    say(cell.value, value);
    say(cell.remark, remark);
  }

  set build(build: Build) {
    this.#set("Kernels", KINDS[build], build === "relaxed" ? "WebAssembly, fused multiply-add" : "WebAssembly");
  }

  set threads(threads: number) {
    const alone = globalThis.crossOriginIsolated ? "training takes more" : "more need COOP and COEP headers";
    this.#set("Threads", String(threads), threads > 1 ? "in training" : alone);
  }

  /** @param milliseconds since the page was asked for */
  set firstAnswer(milliseconds: number) {
    this.#set("First answer", `${(milliseconds / 1000).toFixed(2)} s`, "after the page was opened");
  }

  addLatency(milliseconds: number): void {
    this.#latencies.push(milliseconds);
    if (this.#latencies.length > WINDOW) this.#latencies.shift();
    this.#showLatency(this.#latencies);
  }

  set tally({ perSecond, turns }: Tally) {
    this.#set("Turns per second", String(Math.round(perSecond)), `over ${turns} turns, one core`);
  }

  async #download(): Promise<void> {
    const response = await fetch("./files.json").catch(() => null);
    const files = response?.ok ? ((await response.json().catch(() => null)) as Files | null) : null;
    if (files) this.#set("Download", `${(files.gzip / 1e6).toFixed(2)} MB`, "once; then it works offline");
  }
}
