// Text that changes while the sphere turns, at no higher price than it is worth.

/** Milliseconds for which a number must stand to be read. */
const LEGIBLE = 250;

/** Sets an element's text, if it is another: what is set anew is laid out and painted anew, be it the same or not. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** `show`, called no more often than people can read; the last value is always shown. */
export function legibly<T>(show: (value: T) => void): (value: T) => void {
  let shown = Number.NEGATIVE_INFINITY;
  let waiting = false;
  let latest: T;
  return (value) => {
    latest = value;
    if (waiting) return;
    waiting = true;
    const wait = Math.max(shown + LEGIBLE - performance.now(), 0);
    setTimeout(() => {
      waiting = false;
      shown = performance.now();
      show(latest);
    }, wait);
  };
}
