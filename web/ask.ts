// The page's side of the reader: the latest question is answered, those that were overtaken are not asked.

import type { Answer, FromReader, Tally, ToReader } from "./messages.ts";

type Ready = Extract<FromReader, { kind: "ready" }>;

export interface Listeners {
  readonly onReady: (ready: Ready) => void;
  readonly onAnswer: (answer: Answer) => void;
  readonly onTally: (tally: Tally) => void;
  readonly onFailure: (message: string) => void;
}

export class Asking {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "reader" });
  #ready = false;
  #asked = false;
  #next: ToReader | null = null;
  /** What must not be overtaken, in its order. */
  readonly #errands: ToReader[] = [];

  constructor({ onReady, onAnswer, onTally, onFailure }: Listeners) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromReader>) => {
      this.#asked = false;
      if (data.kind === "ready") {
        this.#ready = true;
        onReady(data);
      } else if (data.kind === "answer") onAnswer(data.answer);
      else if (data.kind === "tally") onTally(data.tally);
      else onFailure(data.message);
      this.#send();
    };
    this.#worker.onerror = ({ message }) => onFailure(message || "a worker could not be started");
  }

  /** Asks for a reading, unless a later one comes before its turn. */
  read(question: Extract<ToReader, { kind: "read" }>): void {
    this.#next = question;
    this.#send();
  }

  /** Hands over a network, or asks for a tally. */
  run(errand: Exclude<ToReader, { kind: "read" }>): void {
    this.#errands.push(errand);
    this.#send();
  }

  #send(): void {
    while (this.#ready && !this.#asked) {
      const message = this.#errands.shift() ?? this.#next;
      if (!message) return;
      if (message === this.#next) this.#next = null;
      this.#asked = message.kind !== "own";
      this.#worker.postMessage(message);
    }
  }
}
