// Evaluation mode for a while.

import type { Module } from "./module.ts";

/**
 * Runs `work` with the module in evaluation mode; afterwards every module within has the mode that it had. Never across an
 * `await`, where others would find the module in a mode that they did not set.
 */
export function evaluating<T>(module: Module, work: () => T): T {
  const modes = module.modules().map((each) => [each, each.training] as const);
  module.eval();
  try {
    return work();
  } finally {
    for (const [each, training] of modes) each.training = training;
  }
}
