// The queue of tasks that an engine's threads share, a SharedArrayBuffer of its own:
//
//   words   taken, published, finished: tasks ever since the start, modulo 2³²; sleepers, waiting, failed; a word for each
//           thread that is not 0 while it may hold a task; every word on a cache line of its own
//   text    the message of the error that `failed` tells of
//   tasks   a ring of slots: the kernel's number, the bytes from one thread's scratch to the next, the arguments
//
// A task is published by writing its slot and then counting `published` up; it belongs to whoever counts `taken` up from its
// number by compare-and-exchange. Slots are written anew only when everything published before is finished, and counts never
// go back, so a thread that was held up in between cannot take a task twice, or one that is half written.

/** Where things stand: indices of 32-bit words, then bytes. */
export interface QueueLayout {
  readonly line: number;
  readonly taken: number;
  readonly published: number;
  readonly finished: number;
  readonly sleepers: number;
  readonly waiting: number;
  readonly failed: number;
  readonly busy: number;
  readonly words: number;
  readonly text: number;
  readonly textLength: number;
  readonly tasks: number;
  /** Numbers in a slot, and slots, a power of two. */
  readonly slot: number;
  readonly slots: number;
}

const LINE = 16;
const TEXT_LENGTH = 160;
const SLOT = 24;
const SLOTS = 256;

/** For so many threads. */
export function queueLayout(threads: number): QueueLayout {
  const busy = 6 * LINE;
  const words = busy + threads * LINE;
  const text = 4 * words;
  const tasks = text + 2 * TEXT_LENGTH;
  return {
    line: LINE,
    taken: 0,
    published: LINE,
    finished: 2 * LINE,
    sleepers: 3 * LINE,
    waiting: 4 * LINE,
    failed: 5 * LINE,
    busy,
    words,
    text,
    textLength: TEXT_LENGTH,
    tasks,
    slot: SLOT,
    slots: SLOTS,
  };
}

/** An empty queue of that layout. */
export function emptyQueue({ tasks, slot, slots }: QueueLayout): SharedArrayBuffer {
  return new SharedArrayBuffer(tasks + 8 * slot * slots);
}
