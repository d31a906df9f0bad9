// What the page and its workers say to each other.

import type { Build, Quaternion } from "spherical-cnn";

/** What one network says of one signal. */
export interface Reading {
  /** Of the classes 0 to 9. */
  readonly probabilities: Float32Array;
  readonly digit: number;
  /** What it says of the same digit upright. */
  readonly upright: number;
  /** ‖logits − logits upright‖ / ‖logits upright‖. */
  readonly error: number;
}

/** Layers whose features are shown, and channels of each. */
export const LAYERS_SHOWN = 2;
export const CHANNELS_SHOWN = 6;

/** One layer's strongest channels on S², the maximum over γ, as bytes [channels][2b][2b], axes β, α. */
export interface FeatureMaps {
  readonly bandwidth: number;
  readonly channels: number;
  readonly values: Uint8Array;
}

/** ‖Φ(L_R f) − L_R Φ(f)‖ / ‖Φ(f)‖ of a step Φ of the network. */
export interface EquivarianceError {
  readonly name: string;
  readonly value: number;
}

/** The networks that read: `own` is the visitor's, once there is one. */
export interface Readings {
  readonly spherical: Reading;
  readonly planar: Reading;
  readonly own: Reading | null;
}

export interface Answer {
  /** Whether the digit is not upright. */
  readonly turned: boolean;
  /** What the networks got: [2b][2b], axes β, α. */
  readonly samples: Uint8Array;
  readonly readings: Readings;
  /** Empty where the features were not asked for; so are the errors. */
  readonly maps: readonly FeatureMaps[];
  readonly errors: readonly EquivarianceError[];
  /** Projection and one network, the spherical one. */
  readonly milliseconds: number;
}

/** How many of `turns` random rotations left each network's answer what it was upright. */
export interface Tally {
  readonly turns: number;
  readonly spherical: number;
  readonly planar: number;
  readonly own: number | null;
  /** Rotations projected and read by the spherical network in a second. */
  readonly perSecond: number;
}

export type ToReader =
  | {
      readonly kind: "read";
      readonly picture: Uint8Array;
      readonly orientation: Quaternion;
      /** Whether the features are wanted too. */
      readonly features: boolean;
    }
  | { readonly kind: "tally"; readonly picture: Uint8Array; readonly turns: number }
  | { readonly kind: "own"; readonly checkpoint: Uint8Array };

export type FromReader =
  | { readonly kind: "ready"; readonly build: Build }
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "tally"; readonly tally: Tally }
  | { readonly kind: "failed"; readonly message: string };

export type ToTrainer =
  | { readonly kind: "train" }
  | { readonly kind: "stop" }
  /** How long to rest after each piece of work, in parts of the time that it took. */
  | { readonly kind: "rest"; readonly parts: number };

/** Where training stands: the losses of the steps since the last message. */
export interface TrainingSteps {
  readonly losses: readonly number[];
  readonly epoch: number;
  readonly epochs: number;
  /** Digits of this epoch that are done, of `count`. */
  readonly done: number;
  readonly count: number;
  readonly signalsPerSecond: number;
}

export type FromTrainer =
  | { readonly kind: "ready"; readonly threads: number }
  | { readonly kind: "steps"; readonly steps: TrainingSteps }
  /** After each epoch: accuracy on digits that are turned and were not trained on, and the weights. */
  | { readonly kind: "epoch"; readonly accuracy: number; readonly checkpoint: Uint8Array }
  | { readonly kind: "ended"; readonly how: "finished" | "stopped" }
  | { readonly kind: "failed"; readonly message: string };
