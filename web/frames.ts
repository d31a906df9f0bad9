// How late the page's frames are. A page cannot know what else its processors have to do, other programs or a screen that is
// drawn without a graphics processor; it can see its frames come late, and leave off what can wait.

/** Frames whose median counts. */
const WINDOW = 12;
/** A longer gap is a pause: the page was in the background. */
const PAUSE = 1000;

/** Watches the frames until it is stopped; `onFrames` gets the median of their gaps, in milliseconds, window by window. */
export function watchFrames(onFrames: (median: number) => void): () => void {
  let gaps: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const watch = (now: number) => {
    if (now - last < PAUSE) gaps.push(now - last);
    last = now;
    if (gaps.length === WINDOW) {
      onFrames(gaps.sort((a, b) => a - b)[WINDOW >> 1]!);
      gaps = [];
    }
    frame = requestAnimationFrame(watch);
  };
  let frame = requestAnimationFrame(watch);
  return () => cancelAnimationFrame(frame);
}
