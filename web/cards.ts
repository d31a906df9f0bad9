// What a network says, as a card: its digit, a bar per class, and whether turning the digit has changed its mind.

import { say } from "./legible.ts";
import type { Reading, Tally } from "./messages.ts";

const CLASSES = 10;

/** An element with classes, attributes, and what stands in it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

export class Card {
  readonly element: HTMLElement;
  readonly #name: string;
  readonly #digit = element("p", { class: "digit", "aria-hidden": "true" }, "·");
  readonly #says = element("p", { class: "says" }, "…");
  readonly #score = element("small");
  readonly #rows: { readonly item: HTMLElement; readonly fill: HTMLElement; readonly text: HTMLElement }[];

  /** @param kind a class of the style sheet */
  constructor(kind: string, name: string) {
    this.#name = name;
    this.#rows = Array.from({ length: CLASSES }, (_, digit) => {
      const fill = element("span", { class: "fill" });
      const text = element("span", { class: "hidden" });
      const track = element("span", { class: "track", "aria-hidden": "true" }, fill);
      return { item: element("li", {}, track, element("b", {}, String(digit)), text), fill, text };
    });
    const bars = element("ol", { class: "bars", "aria-label": `${name}: probability of each digit` });
    bars.append(...this.#rows.map(({ item }) => item));
    const heading = element("h3", {}, element("span", {}, name), this.#score);
    this.element = element("article", { class: `card ${kind}` }, heading, this.#digit, bars, this.#says);
  }

  /** @param turned whether the digit is not upright */
  show(reading: Reading, turned: boolean): void {
    const { probabilities, digit, upright } = reading;
    const same = digit === upright;
    this.element.dataset.same = String(same);
    say(this.#digit, String(digit));
    say(
      this.#says,
      same ? `${turned ? "still reads" : "reads"} ${digit}` : `reads ${digit}; upright it read ${upright}`,
    );
    this.#rows.forEach(({ item, fill, text }, k) => {
      fill.style.transform = `scaleY(${probabilities[k]!.toFixed(3)})`;
      say(text, `: ${Math.round(100 * probabilities[k]!)} %`);
      item.dataset.upright = String(k === upright);
    });
  }

  /** For a picture without ink. */
  blank(): void {
    this.element.dataset.same = "true";
    this.#digit.textContent = "·";
    this.#says.textContent = "nothing to read yet";
    for (const { item, fill, text } of this.#rows) {
      fill.style.transform = "";
      text.textContent = "";
      item.dataset.upright = "false";
    }
  }

  /** @param kept of `turns` random turns */
  showTally(kept: number | null, turns: number): void {
    this.#score.textContent = kept === null ? "" : `same in ${kept} of ${turns} turns`;
  }

  /** For a digit of which nothing is known yet. */
  forget(): void {
    this.#score.textContent = "";
  }

  /** In a sentence. */
  sentence({ digit, upright, probabilities }: Reading): string {
    const sure = `${Math.round(100 * probabilities[digit]!)} percent`;
    return `${this.#name} reads ${digit}, ${sure}${digit === upright ? "" : `; upright it read ${upright}`}.`;
  }
}

/** The cards' tallies in a sentence. */
export function tallySentence({ turns, spherical, planar }: Tally): string {
  return `Of ${turns} random turns, the Spherical CNN kept its answer in ${spherical}, the planar CNN in ${planar}.`;
}
