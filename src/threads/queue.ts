// The queues of tasks that an engine's threads share, in a SharedArrayBuffer of their own. Each thread has one, from which it
// takes first, so that it meets the numbers again that it has in its cache; when it is empty, it helps the others.
//
//   words   for each queue taken and published, tasks ever since the start, modulo 2³²; for each thread admitted, whether it
//           may take tasks, and busy, whether it may hold one; for all of them epoch, waiting, sleepers, failed; every word
//           on a cache line of its own
//   text    the message of the error that `failed` tells of
//   tasks   for each queue a ring of slots: the kernel's number, the bytes from one thread's scratch to the next, the number
//           of arguments, the arguments
//
// A task is published by writing its slot and then counting `published` up; it belongs to whoever counts `taken` up from its
// number by compare-and-exchange. Slots are written anew only when everything published before is done, and counts never
// go back, so a thread that was held up in between cannot take a task twice, or one that is half written.
//
// Each word has one writer but for `taken`, `sleepers` and `failed`: a thread its own `busy`, the first thread all others.
// A thread writes 1 to `busy` before it takes a task and 0 when the task is done. So once `taken` equals `published` in all
// queues, everything is done when each `busy` has been seen to be 0; there is no other count of what is done.

/** Where things stand: indices of 32-bit words, then bytes. */
export interface QueueLayout {
  readonly threads: number;
  /** From one thread's word to the next one's. */
  readonly line: number;
  /** Of the first thread. */
  readonly taken: number;
  readonly published: number;
  readonly admitted: number;
  readonly busy: number;
  /** Counts publications, for those who sleep. */
  readonly epoch: number;
  readonly sleepers: number;
  /** Whether the first thread sleeps until others are no longer busy. */
  readonly waiting: number;
  /** The thread on which a kernel has failed, or 0. */
  readonly failed: number;
  readonly words: number;
  readonly text: number;
  readonly textLength: number;
  readonly tasks: number;
  /** Numbers in a slot, and slots of a queue, a power of two. */
  readonly slot: number;
  readonly slots: number;
}

const LINE = 16;
const TEXT_LENGTH = 160;
/** Room for 25 arguments; so3Rectify has 23. */
const SLOT = 28;
const SLOTS = 64;

/** For so many threads. */
export function queueLayout(threads: number): QueueLayout {
  const each = threads * LINE;
  const shared = 4 * each;
  const words = shared + 4 * LINE;
  const text = 4 * words;
  return {
    threads,
    line: LINE,
    taken: 0,
    published: each,
    admitted: 2 * each,
    busy: 3 * each,
    epoch: shared,
    sleepers: shared + LINE,
    waiting: shared + 2 * LINE,
    failed: shared + 3 * LINE,
    words,
    text,
    textLength: TEXT_LENGTH,
    tasks: text + 2 * TEXT_LENGTH,
    slot: SLOT,
    slots: SLOTS,
  };
}

/** Empty queues of that layout. */
export function emptyQueues({ threads, tasks, slot, slots }: QueueLayout): SharedArrayBuffer {
  return new SharedArrayBuffer(tasks + 8 * slot * slots * threads);
}
