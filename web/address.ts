// The page's state in its address, behind the #: which digit lies on the sphere, and how the sphere lies.

import type { Quaternion } from "spherical-cnn";
import { orientationOf } from "./orientation.ts";
import { decodeStrokes, encodeStrokes, type Stroke } from "./strokes.ts";

/** A shipped digit by its number, or a drawing. */
export type Digit = { readonly sample: number } | { readonly strokes: readonly Stroke[] };

export interface State {
  readonly digit: Digit;
  readonly orientation: Quaternion;
}

/** The part of an address behind its #. */
export function writeState({ digit, orientation }: State): string {
  const what = "sample" in digit ? `digit=${digit.sample}` : `ink=${encodeStrokes(digit.strokes)}`;
  return `${what}&turn=${orientation.map((number) => Number(number.toFixed(3))).join(",")}`;
}

/** What such a text says, as far as it can be understood. */
export function readState(text: string, samples: number): Partial<State> {
  const fields = new URLSearchParams(text.replace(/^#/, ""));
  const state: { digit?: Digit; orientation?: Quaternion } = {};
  const number = fields.get("digit") ?? "";
  const strokes = decodeStrokes(fields.get("ink") ?? "");
  if (/^\d{1,6}$/.test(number) && Number(number) < samples) state.digit = { sample: Number(number) };
  else if (strokes) state.digit = { strokes };
  const orientation = orientationOf((fields.get("turn") ?? "").split(",").map(Number));
  if (orientation) state.orientation = orientation;
  return state;
}
