// Accuracies on spherical MNIST as their authors published them, beside which ours are put.

import type { Pose } from "./mnist-record.ts";

/** Trained and tested: upright on both sides, rotated on both, trained upright and tested rotated. */
export const CASES: readonly { readonly name: string; readonly train: Pose; readonly test: Pose }[] = [
  { name: "NR/NR", train: "nr", test: "nr" },
  { name: "R/R", train: "r", test: "r" },
  { name: "NR/R", train: "nr", test: "r" },
];

export interface PublishedModel {
  readonly name: string;
  readonly source: string;
  /** In the order of `CASES`. */
  readonly accuracies: readonly [number, number, number];
  readonly parameters: number;
}

export const PUBLISHED: readonly PublishedModel[] = [
  { name: "planar CNN", source: "Cohen et al. 2018", accuracies: [0.98, 0.23, 0.11], parameters: 68_000 },
  { name: "Spherical CNN", source: "Cohen et al. 2018", accuracies: [0.96, 0.95, 0.94], parameters: 58_000 },
  { name: "Clebsch–Gordan Nets", source: "Kondor et al. 2018", accuracies: [0.964, 0.966, 0.96], parameters: 286_000 },
  { name: "Spherical CNN", source: "Esteves et al. 2018", accuracies: [0.9875, 0.9871, 0.9808], parameters: 58_000 },
  {
    name: "spin-weighted CNN",
    source: "Esteves et al. 2020",
    accuracies: [0.9937, 0.9937, 0.9908],
    parameters: 58_000,
  },
  { name: "hybrid", source: "Cobb et al. 2021", accuracies: [0.9935, 0.9938, 0.9934], parameters: 58_000 },
];
