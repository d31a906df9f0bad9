// A progress bar on stderr, for people: nothing is drawn where stderr is not a terminal.

import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** So many are done; `note` stands behind the bar. */
  update(done: number, note?: string): void;
  /** Takes the bar away. */
  stop(): void;
}

export function progress(label: string, total: number): Progress {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: `${label} {bar} {value}/{total} {note} {eta_formatted}`,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      fps: 8,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: "" });
  return {
    update: (done, note = "") => bar.update(done, { note }),
    stop: () => bar.stop(),
  };
}
