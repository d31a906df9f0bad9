// The shipped digits: pictures to take instead of drawing, one of each class at a time.

import { type Digits, readDigits } from "spherical-cnn";
import { bytesOf, DIGIT_IMAGES, DIGIT_LABELS, TRAINING_DIGITS } from "./models.ts";

const CLASSES = 10;
const PIXELS = 28 * 28;

export class Samples {
  readonly #digits: Digits;

  private constructor(digits: Digits) {
    this.#digits = digits;
  }

  static async load(): Promise<Samples> {
    return new Samples(await readDigits(...(await Promise.all([bytesOf(DIGIT_IMAGES), bytesOf(DIGIT_LABELS)]))));
  }

  get count(): number {
    return this.#digits.count;
  }

  label(number: number): number {
    return this.#digits.labels[number]!;
  }

  picture(number: number): Uint8Array {
    return this.#digits.images.slice(number * PIXELS, (number + 1) * PIXELS);
  }

  /**
   * For each class the number of a digit that no network here was trained on, not even the visitor's, and whose ink ends before
   * the picture does.
   */
  onePerClass(): number[] {
    const numbers = Array.from({ length: this.count - TRAINING_DIGITS }, (_, i) => TRAINING_DIGITS + i);
    const whole = numbers.filter((number) => !touchesBorder(this.picture(number)));
    return Array.from({ length: CLASSES }, (_, label) => whole.find((number) => this.label(number) === label)!);
  }
}

const touchesBorder = (picture: Uint8Array): boolean =>
  picture.some((grey, p) => grey > 0 && [Math.floor(p / 28), p % 28].some((place) => place < 1 || place > 26));
