// What a record of kind "equivariance" holds (records.ts): the settings, a row for each bandwidth and depth, and, where it
// was asked for, how they compare with means that were measured elsewhere.

import { FormatError } from "../errors.ts";
import { parseJson } from "../formats/json.ts";
import type { EquivarianceSettings } from "./equivariance.ts";
import { type Fields, fieldsOf } from "./records.ts";

/** Of a number over independent draws. */
export interface Spread {
  readonly mean: number;
  /** The draws' standard deviation. */
  readonly deviation: number;
  /** The mean's: deviation/√draws. */
  readonly standardError: number;
}

export interface ErrorRow {
  readonly row: "error";
  readonly bandwidth: number;
  /** The depth. */
  readonly layers: number;
  readonly rotations: number;
  /** Δ of the paper, std over std; the same in l2, norm over norm; and after integration over the group, in l2. */
  readonly error: Spread;
  readonly distance: Spread;
  readonly pooled: Spread;
  /** That all depths of this bandwidth took together. */
  readonly seconds: number;
}

/** A row beside the mean that a reference has for the same stack. */
export interface ReferenceRow {
  readonly row: "reference";
  readonly bandwidth: number;
  readonly layers: number;
  readonly mean: number;
  readonly reference: number;
  /** Between the means, in standard errors of the difference. */
  readonly standardErrors: number;
  /**
   * Whether they agree within three. Rounding errors, which are all there is without an activation, belong to the program:
   * there it is no fault to be more exact.
   */
  readonly agrees: boolean;
}

/** @throws FormatError, with file and line, if it is no row of an error */
export function errorRow(fields: Fields): ErrorRow {
  return {
    row: "error",
    bandwidth: fields.whole("bandwidth", 1),
    layers: fields.whole("layers", 1),
    rotations: fields.whole("rotations", 2),
    error: spread(fields.object("error")),
    distance: spread(fields.object("distance")),
    pooled: spread(fields.object("pooled")),
    seconds: fields.number("seconds", 0),
  };
}

function spread(fields: Fields): Spread {
  const at = (name: keyof Spread) => fields.number(name, 0);
  return { mean: at("mean"), deviation: at("deviation"), standardError: at("standardError") };
}

/**
 * The rows whose stacks a reference has too, beside its means.
 * @param text JSON: `stacks`, each with b, layers, relu, features, seeds (draws), full_mean and full_std, measured in f64
 * after the last convolution (test/reference/README.md)
 * @param where names the file in messages
 * @throws FormatError if it is no reference, or has none of these stacks
 */
export function compareWithReference(
  rows: readonly ErrorRow[],
  settings: EquivarianceSettings,
  text: string,
  where: string,
): ReferenceRow[] {
  const refuse = (message: string): never => {
    throw new FormatError(`${where}: ${message}`);
  };
  const stacks = fieldsOf(parseJson(text, { length: 1 << 20, depth: 16 }, refuse), where).objects("stacks");
  const { channels, activation, oversampling, after, dtype } = settings;
  const comparable = oversampling === null && after === "convolution" && dtype === "f64" && activation !== "softplus";
  const compared = stacks.flatMap((stack): ReferenceRow[] => {
    const layers = stack.whole("layers", 1);
    // In a stack of one layer nothing is rectified.
    const rectified = activation === "relu" && layers > 1;
    if (stack.whole("features", 1) !== channels || stack.value("relu") !== rectified) return [];
    const row = rows.find((each) => each.bandwidth === stack.whole("b", 1) && each.layers === layers);
    if (!row || !comparable) return [];
    const reference = stack.number("full_mean", 0);
    const standardError = stack.number("full_std", 0) / Math.sqrt(stack.whole("seeds", 1));
    const { mean } = row.error;
    const standardErrors = (mean - reference) / Math.hypot(standardError, row.error.standardError);
    const agrees = standardErrors <= 3 && (standardErrors >= -3 || !rectified);
    return [{ row: "reference", bandwidth: row.bandwidth, layers, mean, reference, standardErrors, agrees }];
  });
  if (compared.length === 0) {
    refuse("has none of the stacks that were measured: with as many channels, in f64, after the convolution");
  }
  return compared;
}
