// What people see of a run: a line for each epoch and for the result on stdout, unless that is for JSON; in between a bar on
// a terminal's stderr, or a line a minute where stderr is a file.

import type { RunProgress } from "../experiments/mnist.ts";
import type { EpochRow, MnistSettings, PoseAccuracy, ResultRow } from "../experiments/mnist-record.ts";
import { type Progress, progress } from "./progress.ts";

/** Milliseconds between two lines where there is no terminal. */
const INTERVAL = 60_000;

export interface RunReporter {
  begin(position: { readonly epoch: number; readonly done: number }): void;
  readonly onProgress: (progress: RunProgress) => void;
  readonly onEpoch: (row: EpochRow) => void;
  end(rows: readonly (EpochRow | ResultRow)[]): void;
}

export function runReporter(settings: MnistSettings, quiet: boolean): RunReporter {
  const { epochs, network, parameters, train, protocol, digits, holdout, build } = settings;
  let bar: { readonly label: string; readonly progress: Progress } | null = null;
  let secondsLeft = Number.NaN;
  let said = performance.now();
  const say = (line: string) => {
    if (!quiet) console.log(line);
  };
  const stopBar = () => {
    bar?.progress.stop();
    bar = null;
  };
  return {
    begin: ({ epoch, done }) => {
      const held = holdout > 0 ? `, ${holdout} held out` : "";
      say(
        `${network}, ${parameters} parameters, ${build} kernels; ${digits} ${train === "r" ? "rotated" : "upright"} ` +
          `digits${held}, protocol ${protocol}`,
      );
      if (epoch + done > 0) say(`going on after ${epoch} of ${epochs} epochs and ${done} digits`);
    },
    onProgress: (now) => {
      if (now.secondsLeft !== undefined) ({ secondsLeft } = now);
      const label = now.step ? `epoch ${now.step.epoch + 1}/${epochs}` : now.activity;
      const note = now.step
        ? `loss ${now.step.meanLoss.toFixed(3)}, accuracy ${now.step.accuracy.toFixed(3)}, ` +
          `${now.step.signalsPerSecond.toFixed(0)}/s, ${left(secondsLeft)}`
        : "";
      if (bar?.label !== label) {
        stopBar();
        bar = { label, progress: progress(label, now.count) };
      }
      bar!.progress.update(now.done, note);
      if (process.stderr.isTTY || performance.now() - said < INTERVAL) return;
      said = performance.now();
      console.error(`${label}: ${now.done} of ${now.count}${note && `, ${note}`}`);
    },
    onEpoch: ({ epoch, loss, accuracy, validation, seconds, digitsPerSecond }) => {
      stopBar();
      const validated = validation.length > 0 ? `, validation ${accuracies(validation)}` : "";
      const speed = `${seconds.toFixed(1)} s, ${digitsPerSecond.toFixed(0)} digits/s`;
      const rest = epoch < epochs ? `, ${left(secondsLeft)}` : "";
      say(
        `epoch ${epoch}/${epochs}: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}${validated}, ${speed}${rest}`,
      );
    },
    end: (rows) => {
      stopBar();
      for (const row of rows) if (row.row === "result") say(`test: ${accuracies(row.tests)}`);
    },
  };
}

const accuracies = (all: readonly PoseAccuracy[]) =>
  all.map(({ pose, accuracy }) => `${pose} ${accuracy.toFixed(4)}`).join(", ");

/** Time left, in a unit that people would choose. */
function left(seconds: number): string {
  if (!Number.isFinite(seconds)) return "time left unknown";
  if (seconds < 120) return `${seconds.toFixed(0)} s left`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}
