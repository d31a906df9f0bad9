// Long loops of synchronous work let the event loop have its turn now and then: a signal (Ctrl-C), a click, a redraw.

/** Often enough for people, seldom enough that the millisecond a timer takes does not show. */
const INTERVAL = 100;

/** What a caller sets to ask for an end; an AbortSignal is one. */
export interface StopRequest {
  readonly aborted: boolean;
}

/** A function to await between two pieces of work: it pauses when the last pause is long enough ago. */
export function pauses(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < INTERVAL) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}
