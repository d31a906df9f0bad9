// The training's chart: the loss of every step, its running mean, and after each epoch the accuracy on unseen digits.

/** Of the running mean: what a step counts. */
const SMOOTHING = 0.08;

/** The chart's top is a multiple of this, just above the loss of guessing among ten classes, 2.3. */
const TOP = 2.5;
const TICKS = 5;

const MARGIN = { left: 34, right: 52, top: 10, bottom: 22 };

export class Curve {
  #losses: number[] = [];
  #accuracies: { step: number; accuracy: number }[] = [];
  #steps = 1;
  #queued = false;

  constructor(readonly canvas: HTMLCanvasElement) {
    new ResizeObserver(() => this.#queue()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#queue());
  }

  /** An empty chart for so many steps. */
  begin(steps: number): void {
    this.#losses = [];
    this.#accuracies = [];
    this.#steps = steps;
    this.#queue();
  }

  /** @param steps in all, as far as is known by now */
  addLosses(losses: readonly number[], steps: number): void {
    this.#losses.push(...losses);
    this.#steps = steps;
    this.#queue();
  }

  addAccuracy(accuracy: number): void {
    this.#accuracies.push({ step: this.#losses.length, accuracy });
    this.#queue();
  }

  /** The mean loss of the first and of the last steps. */
  get ends(): { first: number; last: number } {
    const mean = (losses: readonly number[]) => losses.reduce((a, b) => a + b, 0) / Math.max(losses.length, 1);
    return { first: mean(this.#losses.slice(0, 20)), last: mean(this.#losses.slice(-20)) };
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
    const { clientWidth: width, clientHeight: height } = this.canvas;
    Object.assign(this.canvas, { width: width * devicePixelRatio, height: height * devicePixelRatio });
    const context = this.canvas.getContext("2d")!;
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(this.canvas);
    const colour = (name: string) => style.getPropertyValue(`--${name}`);
    const most = TOP * Math.ceil(Math.max(...this.#losses.slice(0, 40), TOP) / TOP);
    const x = (step: number) => MARGIN.left + (step / this.#steps) * (width - MARGIN.left - MARGIN.right);
    const y = (part: number) => height - MARGIN.bottom - part * (height - MARGIN.top - MARGIN.bottom);

    context.font = `12px ${style.fontFamily}`;
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (let tick = 0; tick <= TICKS; tick++) {
      context.fillStyle = colour("soft");
      context.textAlign = "right";
      context.fillText(((most * tick) / TICKS).toFixed(1), MARGIN.left - 8, y(tick / TICKS));
      context.textAlign = "left";
      context.fillText(`${(100 * tick) / TICKS} %`, width - MARGIN.right + 8, y(tick / TICKS));
      context.strokeStyle = colour("line");
      context.beginPath();
      context.moveTo(MARGIN.left, y(tick / TICKS));
      context.lineTo(width - MARGIN.right, y(tick / TICKS));
      context.stroke();
    }

    const line = (points: readonly (readonly [number, number])[], style: string, thick: number, alpha = 1) => {
      Object.assign(context, { strokeStyle: style, lineWidth: thick, globalAlpha: alpha, lineJoin: "round" });
      context.beginPath();
      for (const [step, part] of points) context.lineTo(x(step), y(Math.min(part, 1)));
      context.stroke();
      context.globalAlpha = 1;
    };
    line(
      this.#losses.map((loss, step) => [step, loss / most]),
      colour("own"),
      1,
      0.3,
    );
    let mean = this.#losses[0] ?? 0;
    const smooth = this.#losses.map((loss, step) => {
      mean += Math.max(SMOOTHING, 1 / (step + 1)) * (loss - mean);
      return [step, mean / most] as const;
    });
    line(smooth, colour("own"), 2.5);
    line(
      this.#accuracies.map(({ step, accuracy }) => [step, accuracy]),
      colour("spherical"),
      2.5,
    );
    const last = this.#accuracies.at(-1);
    if (!last) return;
    context.fillStyle = colour("spherical");
    context.beginPath();
    context.arc(x(last.step), y(last.accuracy), 4, 0, 2 * Math.PI);
    context.fill();
  }
}
