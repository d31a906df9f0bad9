// The training's chart: the loss of every step, its running mean, and after each epoch the accuracy on unseen digits.
// What is drawn stays: a step adds its piece of line, so the thousandth costs no more than the first.

import { flatContext } from "./canvas.ts";

/** Of the running mean: what a step counts. */
const SMOOTHING = 0.08;

/** The chart's top is a multiple of this, just above the loss of guessing among ten classes, 2.3. */
const TOP = 2.5;
/** Steps whose losses decide which multiple. */
const FIRST = 40;
const TICKS = 5;

const MARGIN = { left: 34, right: 52, top: 10, bottom: 22 };

/** A step, counted from 0, and a height: a loss or an accuracy. */
type Point = readonly [step: number, value: number];

export class Curve {
  readonly #losses: number[] = [];
  /** The running means of the losses. */
  readonly #means: number[] = [];
  readonly #accuracies: Point[] = [];
  #steps = 1;
  #queued = false;
  /** What the drawing shows already; null where it has to be begun anew. */
  #drawn: { losses: number; accuracies: number; most: number; colour: (name: string) => string } | null = null;

  constructor(readonly canvas: HTMLCanvasElement) {
    new ResizeObserver(() => this.#redraw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#redraw());
  }

  /** An empty chart for so many steps. */
  begin(steps: number): void {
    for (const values of [this.#losses, this.#means, this.#accuracies]) values.length = 0;
    this.#steps = steps;
    this.#redraw();
  }

  /** @param steps in all, as far as is known by now */
  addLosses(losses: readonly number[], steps: number): void {
    for (const loss of losses) {
      const mean = this.#means.at(-1) ?? loss;
      this.#losses.push(loss);
      this.#means.push(mean + Math.max(SMOOTHING, 1 / this.#losses.length) * (loss - mean));
    }
    if (steps !== this.#steps) this.#drawn = null;
    this.#steps = steps;
    this.#queue();
  }

  addAccuracy(accuracy: number): void {
    this.#accuracies.push([this.#losses.length, accuracy]);
    this.#queue();
  }

  /** The mean loss of the first and of the last steps. */
  get ends(): { first: number; last: number } {
    const mean = (losses: readonly number[]) => losses.reduce((a, b) => a + b, 0) / Math.max(losses.length, 1);
    return { first: mean(this.#losses.slice(0, 20)), last: mean(this.#losses.slice(-20)) };
  }

  #redraw(): void {
    this.#drawn = null;
    this.#queue();
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    requestAnimationFrame(() => {
      this.#queued = false;
      this.#draw();
    });
  }

  #draw(): void {
    const most = TOP * Math.ceil(Math.max(...this.#losses.slice(0, FIRST), TOP) / TOP);
    if (this.#drawn?.most !== most) this.#drawn = this.#begin(most);
    const { losses, accuracies, colour } = this.#drawn;
    const context = flatContext(this.canvas);
    const line = (points: readonly Point[], style: string, thick: number, alpha = 1) => {
      // Round ends where a line goes on that was begun before; where it shines through, they would show.
      Object.assign(context, { strokeStyle: style, lineWidth: thick, globalAlpha: alpha, lineJoin: "round" });
      context.lineCap = alpha < 1 ? "butt" : "round";
      context.beginPath();
      for (const [step, value] of points) context.lineTo(this.#x(step), this.#y(Math.min(value, 1)));
      context.stroke();
      context.globalAlpha = 1;
    };
    const from = (values: readonly number[]) => {
      const first = Math.max(losses - 1, 0);
      return values.slice(first).map((value, i): Point => [first + i, value / most]);
    };
    line(from(this.#losses), colour("own"), 1, 0.3);
    line(from(this.#means), colour("own"), 2.5);
    const measured = this.#accuracies.slice(Math.max(accuracies - 1, 0));
    line(measured, colour("spherical"), 2.5);
    context.fillStyle = colour("spherical");
    for (const [step, accuracy] of measured) {
      context.beginPath();
      context.arc(this.#x(step), this.#y(accuracy), 3.5, 0, 2 * Math.PI);
      context.fill();
    }
    this.#drawn.losses = this.#losses.length;
    this.#drawn.accuracies = this.#accuracies.length;
  }

  #x(step: number): number {
    return MARGIN.left + (step / this.#steps) * (this.canvas.clientWidth - MARGIN.left - MARGIN.right);
  }

  /** @param part of the chart's height */
  #y(part: number): number {
    const { clientHeight: height } = this.canvas;
    return height - MARGIN.bottom - part * (height - MARGIN.top - MARGIN.bottom);
  }

  /** The axes alone, on a canvas as large as its place. @param most the loss at the top */
  #begin(most: number) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    Object.assign(this.canvas, { width: width * devicePixelRatio, height: height * devicePixelRatio });
    const context = flatContext(this.canvas);
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(this.canvas);
    const colour = (name: string) => style.getPropertyValue(`--${name}`);
    context.font = `12px ${style.fontFamily}`;
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (let tick = 0; tick <= TICKS; tick++) {
      const y = this.#y(tick / TICKS);
      context.fillStyle = colour("soft");
      context.textAlign = "right";
      context.fillText(((most * tick) / TICKS).toFixed(1), MARGIN.left - 8, y);
      context.textAlign = "left";
      context.fillText(`${(100 * tick) / TICKS} %`, width - MARGIN.right + 8, y);
      context.strokeStyle = colour("line");
      context.beginPath();
      context.moveTo(MARGIN.left, y);
      context.lineTo(width - MARGIN.right, y);
      context.stroke();
    }
    return { losses: 0, accuracies: 0, most, colour };
  }
}
