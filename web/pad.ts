// The pad: strokes by pointer, or by a pen that the keyboard moves.

import { flatContext } from "./canvas.ts";
import { PAD, type Stroke, simplify } from "./strokes.ts";

/** Of the pen, in the pad's units, by one press of an arrow key; with shift a quarter of it. */
const STEP = 12;
const WIDTH = 15;
const INK = "#fff4dc";

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Pad {
  #strokes: Stroke[] = [];
  /** The stroke that is being drawn. */
  #current: number[] | null = null;
  #pen = { x: PAD / 2, y: PAD / 2, down: false, shown: false };

  /** @param onChange called with all strokes after each change, also in the midst of a stroke */
  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly prompt: HTMLElement,
    readonly onChange: (strokes: readonly Stroke[]) => void,
  ) {
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"] as const) canvas.addEventListener(kind, () => this.#end());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => {
      this.#pen.shown = this.#pen.down = false;
      this.#end();
    });
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  /** Shows other strokes, without telling `onChange`. */
  set strokes(strokes: readonly Stroke[]) {
    this.#strokes = [...strokes];
    this.#current = null;
    this.#pen.down = false;
    this.#draw();
  }

  clear(): void {
    this.strokes = [];
    this.onChange([]);
  }

  #all(): Stroke[] {
    return this.#current ? [...this.#strokes, this.#current] : this.#strokes;
  }

  #changed(): void {
    this.#draw();
    this.onChange(this.#all());
  }

  #place(event: PointerEvent): [number, number] {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const [x, y] = [((event.clientX - left) / width) * PAD, ((event.clientY - top) / height) * PAD];
    return [Math.min(Math.max(x, 0), PAD), Math.min(Math.max(y, 0), PAD)];
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#end(); // of a stroke that the keyboard has begun
    this.#pen.shown = this.#pen.down = false;
    this.#current = this.#place(event);
    this.#changed();
  }

  #move(event: PointerEvent): void {
    if (!this.#current || !event.isPrimary || this.#pen.down) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) this.#current.push(...this.#place(each));
    this.#changed();
  }

  #end(): void {
    if (!this.#current) return;
    this.#strokes.push(simplify(this.#current));
    this.#current = null;
    this.#changed();
  }

  #key(event: KeyboardEvent): void {
    const pen = this.#pen;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? STEP / 4 : STEP;
      pen.x = Math.min(Math.max(pen.x + arrow[0] * step, 0), PAD);
      pen.y = Math.min(Math.max(pen.y + arrow[1] * step, 0), PAD);
      if (pen.down) this.#current?.push(pen.x, pen.y);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) this.#current = [pen.x, pen.y];
      else this.#end();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else return;
    event.preventDefault();
    pen.shown = true;
    if (pen.down) this.#changed();
    else this.#draw();
  }

  #draw(): void {
    const { canvas } = this;
    const side = canvas.clientWidth * devicePixelRatio;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = flatContext(canvas);
    const scale = side / PAD;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, PAD, PAD);
    Object.assign(context, { strokeStyle: INK, lineWidth: WIDTH, lineCap: "round", lineJoin: "round" });
    for (const stroke of this.#all()) {
      context.beginPath();
      context.moveTo(stroke[0]!, stroke[1]!);
      for (let i = 0; i < stroke.length; i += 2) context.lineTo(stroke[i]!, stroke[i + 1]!);
      context.stroke();
    }
    this.prompt.hidden = this.#all().length > 0 || this.#pen.shown;
    if (!this.#pen.shown) return;
    Object.assign(context, { strokeStyle: this.#pen.down ? "#45d0bf" : INK, lineWidth: 2 });
    context.beginPath();
    context.arc(this.#pen.x, this.#pen.y, WIDTH / 2, 0, 2 * Math.PI);
    context.stroke();
  }
}
