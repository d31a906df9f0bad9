// The page: one digit, one orientation; what changes them, and who wants to know.

import { type Quaternion, rotationAngle } from "spherical-cnn";
import { type Digit, readState, writeState } from "./address.ts";
import { Asking } from "./ask.ts";
import { drawPicture } from "./canvas.ts";
import { Card, element, tallySentence } from "./cards.ts";
import { Figures } from "./figures.ts";
import { legibly, say } from "./legible.ts";
import { type Answer, CHANNELS_SHOWN, LAYERS_SHOWN, type Readings, type Tally } from "./messages.ts";
import { screenToBody, UPRIGHT } from "./orientation.ts";
import { Pad } from "./pad.ts";
import { Samples } from "./samples.ts";
import type { Ball, SmallBalls } from "./spheres.ts";
import { rasterise, type Stroke } from "./strokes.ts";
import { Training } from "./training.ts";
import { Turning } from "./turning.ts";

/** Milliseconds without a change before the address and the screen reader's text follow. */
const SETTLED = 400;
const TURNS = 200;
const START = 7;
const PATIENCE = 1000;

const find = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const figures = new Figures(find("figures"));
const cards = { spherical: new Card("spherical", "Spherical CNN"), planar: new Card("planar", "Planar CNN") };
const ownCard = new Card("own", "Your network");
find("cards").append(cards.spherical.element, cards.planar.element);

let digit: Digit = { strokes: [] };
let picture: Uint8Array = new Uint8Array(28 * 28);
let readings: Readings | null = null;
/** The picture whose turns are being counted. */
let counted: Uint8Array | null = null;
let spheres: { ball: Ball; small: SmallBalls } | null = null;
let settling = 0;
let featuresSeen = false;
let onFirstAnswer = () => {};
const firstAnswer = new Promise<void>((resolve) => {
  onFirstAnswer = resolve;
});

const asking = new Asking({
  onReady: ({ build }) => {
    figures.build = build;
  },
  onAnswer,
  onTally,
  onFailure,
});

const turning = new Turning(find("handle"), onTurn, (spinning) => {
  find("spin").setAttribute("aria-pressed", String(spinning));
  find("spin").lastChild!.textContent = spinning ? "Pause" : "Spin";
  settleSoon();
});

const pad = new Pad(find("pad"), find("pad-prompt"), (strokes) => {
  for (const button of sampleButtons) button.setAttribute("aria-pressed", "false");
  if (turning.spinning || turning.orientation !== UPRIGHT) turning.set(UPRIGHT);
  setPicture({ strokes }, rasterise(strokes));
});

const sampleButtons: HTMLButtonElement[] = [];
const samples = await Samples.load().catch((error: Error) => {
  onFailure(error.message);
  throw error;
});
const offered = samples.onePerClass();

const isBlank = (): boolean => "strokes" in digit && digit.strokes.length === 0;

// ── What changes the digit and its orientation ───────────────────────────────────────────────────────────────────────

function setPicture(what: Digit, pixels: Uint8Array): void {
  digit = what;
  picture = pixels;
  for (const card of [...Object.values(cards), ownCard]) card.forget();
  find<HTMLButtonElement>("many").disabled = isBlank();
  if (spheres) spheres.ball.picture = picture;
  ask();
}

function takeSample(number: number): void {
  pad.strokes = [];
  sampleButtons.forEach((button, i) => {
    button.setAttribute("aria-pressed", String(offered[i] === number));
  });
  setPicture({ sample: number }, samples.picture(number));
}

function takeStrokes(strokes: readonly Stroke[]): void {
  pad.strokes = strokes;
  for (const button of sampleButtons) button.setAttribute("aria-pressed", "false");
  setPicture({ strokes }, rasterise(strokes));
}

function onTurn(orientation: Quaternion): void {
  if (spheres) spheres.ball.toBody = screenToBody(orientation);
  const degrees = Math.round((rotationAngle(orientation) * 180) / Math.PI);
  say(find("angle"), degrees === 0 ? "upright" : `turned by ${degrees}°`);
  ask();
}

function ask(): void {
  asking.read({ kind: "read", picture, orientation: turning.orientation, features: featuresSeen });
  settleSoon();
}

/** Follows the address, unless what it says is what is there. */
function followAddress(): boolean {
  const state = readState(location.hash, samples.count);
  if (location.hash === `#${writeState({ digit, orientation: turning.orientation })}`) return true;
  if (state.orientation) turning.set(state.orientation);
  if (state.digit && "sample" in state.digit) takeSample(state.digit.sample);
  else if (state.digit) takeStrokes(state.digit.strokes);
  return state.digit !== undefined;
}

/** Once all is quiet: the address says where things stand, and a screen reader hears it. */
function settleSoon(): void {
  clearTimeout(settling);
  settling = window.setTimeout(() => {
    if (turning.moving || !readings) return;
    const state = writeState({ digit, orientation: turning.orientation });
    if (location.hash !== `#${state}`) history.replaceState(null, "", `#${state}`);
    const { spherical, planar, own } = readings;
    if (isBlank()) {
      find("announcement").textContent = "The pad is empty.";
      return;
    }
    const sentences = [cards.spherical.sentence(spherical), cards.planar.sentence(planar)];
    if (own && ownCard.element.isConnected) sentences.push(ownCard.sentence(own));
    find("announcement").textContent = `${find("angle").textContent}. ${sentences.join(" ")}`;
  }, SETTLED);
}

// ── What follows from them ───────────────────────────────────────────────────────────────────────────────────────────

function onAnswer(answer: Answer): void {
  if (!readings) {
    figures.firstAnswer = performance.now();
    document.documentElement.dataset.ready = "true";
    onFirstAnswer();
  }
  readings = answer.readings;
  const { own } = readings;
  if (isBlank()) {
    for (const card of [...Object.values(cards), ownCard]) card.blank();
  } else {
    cards.spherical.show(readings.spherical, answer.turned);
    cards.planar.show(readings.planar, answer.turned);
    if (own) ownCard.show(own, answer.turned);
  }
  drawPicture(find("grid"), answer.samples, 60);
  if (featuresSeen && answer.maps.length > 0) {
    spheres?.small.show(answer.maps);
    showErrors(answer);
  }
  figures.addLatency(answer.milliseconds);
  settleSoon();
}

function onTally(tally: Tally): void {
  const current = counted === picture;
  counted = null;
  if (!current) return;
  cards.spherical.showTally(tally.spherical, tally.turns);
  cards.planar.showTally(tally.planar, tally.turns);
  ownCard.showTally(tally.own, tally.turns);
  figures.tally = tally;
  find("announcement").textContent = tallySentence(tally);
}

function onFailure(message: string): void {
  counted = null;
  find("failure").textContent = `Something went wrong: ${message}`;
  find("failure").hidden = false;
}

const errorCells = new Map<string, HTMLElement>();

const showErrors = legibly(({ errors, readings: { spherical, planar } }: Answer) => {
  const answers = [
    { name: "the answer", value: spherical.error },
    { name: "the planar CNN’s answer", value: planar.error },
  ];
  for (const { name, value } of [...errors, ...answers].map((row, i) => ({ ...row, name: `${i} ${row.name}` }))) {
    let cell = errorCells.get(name);
    if (!cell) {
      cell = element("dd", { class: name.includes("planar") ? "planar" : "" });
      errorCells.set(name, cell);
      find("errors").append(element("dt", {}, name.slice(2)), cell);
    }
    say(cell, `${(100 * value).toFixed(1)} %`);
  }
});

// ── Controls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

for (const [label, number] of offered.entries()) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  drawPicture(canvas, samples.picture(number), 28);
  const button = element("button", { type: "button", "aria-label": `Sample of a ${label}` }, canvas);
  button.addEventListener("click", () => takeSample(number));
  sampleButtons.push(button);
}
find("samples").append(...sampleButtons);

find("clear").addEventListener("click", () => pad.clear());
find("spin").addEventListener("click", () => {
  turning.spinning = !turning.spinning;
});
find("upright").addEventListener("click", () => turning.set(UPRIGHT));
find("many").addEventListener("click", () => {
  if (counted) return;
  counted = picture;
  asking.run({ kind: "tally", picture, turns: TURNS });
});
find("copy").addEventListener("click", async () => {
  history.replaceState(null, "", `#${writeState({ digit, orientation: turning.orientation })}`);
  const copied = await navigator.clipboard?.writeText(location.href).then(
    () => true,
    () => false,
  );
  find("copy").textContent = copied ? "Copied" : "The link is in the address bar";
});
document.addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey }) => {
  if (/^\d$/.test(key) && !ctrlKey && !metaKey && !altKey) takeSample(offered[Number(key)]!);
});
new IntersectionObserver(([entry]) => {
  featuresSeen = entry!.isIntersecting;
  if (featuresSeen) ask();
}).observe(find("why"));
addEventListener("hashchange", () => {
  // What is no state, as the skip link's target, gives way to the one that is there.
  if (!followAddress()) settleSoon();
});

new Training(
  {
    train: find("train"),
    use: find("use"),
    save: find("save"),
    progress: find("progress"),
    curve: find("curve"),
  },
  (threads) => {
    figures.threads = threads;
  },
  (checkpoint) => {
    asking.run({ kind: "own", checkpoint });
    ask();
  },
  (use) => {
    if (use) find("cards").append(ownCard.element);
    else ownCard.element.remove();
  },
  (text) => {
    find("announcement").textContent = text;
  },
);

// ── The beginning ────────────────────────────────────────────────────────────────────────────────────────────────────

if (!followAddress()) {
  takeSample(offered[START]!);
  turning.spinning = !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Compiling shaders can hold the page up where there is no graphics processor: the first answer is not to wait for it. */
async function showSpheres(): Promise<void> {
  const { Ball, SmallBalls } = await import("./spheres.ts");
  await Promise.race([firstAnswer, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  const ball = new Ball(find("sphere"));
  spheres = { ball, small: new SmallBalls(find("maps"), LAYERS_SHOWN, CHANNELS_SHOWN) };
  ball.picture = picture;
  onTurn(turning.orientation);
}

showSpheres().catch(() => {
  find("sphere-missing").hidden = false;
  find("maps").hidden = true;
});

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("./service-worker.js").catch(() => {
    // Pages without a secure origin have none; the page works without.
  });
}
