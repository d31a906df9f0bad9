// The sphere in the hand: pointer, keyboard, a push that dies away, and spinning by itself.

import type { Point, Quaternion } from "spherical-cnn";
import { grab, turned, UPRIGHT, underPointer } from "./orientation.ts";

const DEGREE = Math.PI / 180;

/** By one press of a key; with shift a fifth of it. */
const STEP = 10 * DEGREE;

/**
 * Spinning by itself, radians a second, about an axis part of which wanders round the screen against the roll: the digit
 * rolls and swings, but stays on the near side.
 */
const SPIN = 48 * DEGREE;
const WANDER = -0.9;
const TILT = 0.8;
const ROLL = 0.6;
/** Seconds that the spinning takes to come up to speed: time to see what both networks say of the upright digit. */
const EASE = 2.5;

/** A push loses all but 1/e of its speed in so many seconds, and ends at so few radians a second. */
const DECAY = 0.35;
const REST = 0.05;

/** A screen's axes for the keys: right, up, towards the viewer. */
const KEYS: Readonly<Record<string, Point>> = {
  ArrowLeft: [0, -1, 0],
  ArrowRight: [0, 1, 0],
  ArrowUp: [-1, 0, 0],
  ArrowDown: [1, 0, 0],
  ",": [0, 0, 1],
  ".": [0, 0, -1],
};

const prefersStillness = matchMedia("(prefers-reduced-motion: reduce)");

export class Turning {
  #orientation: Quaternion = UPRIGHT;
  #held: Point | null = null;
  #push = { axis: [0, 1, 0] as Point, speed: 0 };
  #moved = 0;
  #spinning = false;
  #spunFor = 0;
  #frame = 0;
  #last = 0;

  /**
   * @param handle lies over the sphere, as wide
   * @param onTurn called with each orientation
   * @param onSpin called when spinning begins or ends
   */
  constructor(
    readonly handle: HTMLElement,
    readonly onTurn: (orientation: Quaternion) => void,
    readonly onSpin: (spinning: boolean) => void,
  ) {
    handle.tabIndex = 0;
    handle.addEventListener("pointerdown", (event) => this.#take(event));
    handle.addEventListener("pointermove", (event) => this.#drag(event));
    for (const kind of ["pointerup", "pointercancel"] as const) handle.addEventListener(kind, () => this.#release());
    handle.addEventListener("keydown", (event) => this.#key(event));
  }

  get orientation(): Quaternion {
    return this.#orientation;
  }

  /** Whether the sphere moves by itself or is held. */
  get moving(): boolean {
    return this.#spinning || this.#held !== null || this.#push.speed > 0;
  }

  get spinning(): boolean {
    return this.#spinning;
  }

  set spinning(spinning: boolean) {
    if (spinning === this.#spinning) return;
    this.#spinning = spinning;
    this.#spunFor = 0;
    this.#push.speed = 0;
    this.onSpin(spinning);
    if (spinning) this.#animate();
  }

  /** Sets the sphere, which rests then. */
  set(orientation: Quaternion): void {
    this.spinning = false;
    this.#push.speed = 0;
    this.#turnTo(orientation);
  }

  #turnTo(orientation: Quaternion): void {
    this.#orientation = orientation;
    this.onTurn(orientation);
  }

  #place({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.handle.getBoundingClientRect();
    return underPointer((2 * (clientX - left)) / width - 1, 1 - (2 * (clientY - top)) / height);
  }

  #take(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary) return;
    this.handle.setPointerCapture(event.pointerId);
    this.spinning = false;
    this.#push.speed = 0;
    this.#held = this.#place(event);
    this.#moved = performance.now();
  }

  #drag(event: PointerEvent): void {
    if (!this.#held || !event.isPrimary) return;
    const place = this.#place(event);
    const { axis, angle } = grab(this.#held, place);
    const now = performance.now();
    const speed = angle / Math.max((now - this.#moved) / 1000, 0.004);
    this.#push = { axis, speed: Math.min(0.6 * this.#push.speed + 0.4 * speed, 6) };
    this.#held = place;
    this.#moved = now;
    this.#turnTo(turned(this.#orientation, axis, angle));
  }

  #release(): void {
    if (!this.#held) return;
    this.#held = null;
    if (prefersStillness.matches || performance.now() - this.#moved > 80) this.#push.speed = 0;
    if (this.#push.speed > REST) this.#animate();
    else this.#rest();
  }

  /** Says once more where the sphere is, now that it rests. */
  #rest(): void {
    this.#push.speed = 0;
    this.onTurn(this.#orientation);
  }

  #key(event: KeyboardEvent): void {
    const axis = KEYS[event.key];
    if (axis) {
      this.set(turned(this.#orientation, axis, event.shiftKey ? STEP / 5 : STEP));
    } else if (event.key === "Home") this.set(UPRIGHT);
    else if (event.key === " ") this.spinning = !this.#spinning;
    else return;
    event.preventDefault();
  }

  #animate(): void {
    cancelAnimationFrame(this.#frame);
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#step(now));
  }

  #step(now: number): void {
    // A page in the background gets no frames; it goes on where it was.
    const seconds = Math.min(Math.max((now - this.#last) / 1000, 0), 0.1);
    this.#last = now;
    if (this.#spinning) {
      this.#spunFor += seconds;
      const t = this.#spunFor;
      const eased = Math.min((t / EASE) ** 2, 1);
      const axis: Point = [TILT * Math.cos(WANDER * t), TILT * Math.sin(WANDER * t), ROLL];
      this.#turnTo(turned(this.#orientation, axis, SPIN * eased * seconds));
    } else if (this.#push.speed > REST) {
      this.#turnTo(turned(this.#orientation, this.#push.axis, this.#push.speed * seconds));
      this.#push.speed *= Math.exp(-seconds / DECAY);
      if (this.#push.speed <= REST) this.#rest();
    }
    if (this.#spinning || this.#push.speed > REST) this.#frame = requestAnimationFrame((next) => this.#step(next));
  }
}
