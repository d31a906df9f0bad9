// Ctrl-C during long work: it ends where it can go on from, and says how.

/** The exit code of a program that Ctrl-C has ended. */
export const INTERRUPTED = 130;

/** Calls `act` on the first Ctrl-C or TERM; a second one ends the program at once. `off` takes that back. */
export function onInterrupt(act: () => void): { off(): void } {
  const interrupt = () => {
    off();
    act();
  };
  const off = () => {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  return { off };
}

/** Ctrl-C while the digits are still being read. */
export function endBeforeTraining(): void {
  console.error("interrupted before training began; nothing was written");
  process.exit(INTERRUPTED);
}

/** The command that was given, with --resume. */
export function resumeCommand(): string {
  const words = process.argv.slice(2).filter((word) => word !== "--resume" && word !== "--overwrite");
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [...quoted, "--resume"].join(" ");
}
