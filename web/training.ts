// The section in which visitors train a network: its buttons, its worker, what is said of its progress.

import { Curve } from "./curve.ts";
import { watchFrames } from "./frames.ts";
import type { FromTrainer, ToTrainer, TrainingSteps } from "./messages.ts";

/** Milliseconds between two handings-over of weights, each of which the reader compiles. */
const INTERVAL = 1000;

/** Milliseconds between frames that are in time: thirty a second. The trainer rests where they take longer. */
const IN_TIME = 34;
/** How long it rests at most, in parts of the time that it works. */
const LONGEST_REST = 2;

export interface TrainingElements {
  readonly train: HTMLButtonElement;
  readonly use: HTMLButtonElement;
  readonly save: HTMLButtonElement;
  readonly progress: HTMLElement;
  readonly curve: HTMLCanvasElement;
}

export class Training {
  readonly #elements: TrainingElements;
  readonly #curve: Curve;
  /** Once a training has begun; it stays for the next. */
  #worker: Worker | null = null;
  #running = false;
  /** A stop was asked for. The button stays enabled, since one that is disabled loses the keyboard's focus. */
  #stopping = false;
  #accuracy: number | null = null;
  #checkpoint: Uint8Array | null = null;
  #handedOver = 0;
  #unwatch = () => {};

  /**
   * @param onThreads called with the trainer's threads, once it has started
   * @param onWeights called with the checkpoint of the network about every second
   * @param onUse called when the visitor wants the network to read the digit, or no longer
   * @param announce tells those who do not see it
   */
  constructor(
    elements: TrainingElements,
    readonly onThreads: (threads: number) => void,
    readonly onWeights: (checkpoint: Uint8Array) => void,
    readonly onUse: (use: boolean) => void,
    readonly announce: (text: string) => void,
  ) {
    this.#elements = elements;
    this.#curve = new Curve(elements.curve);
    elements.train.addEventListener("click", () => (this.#running ? this.#stop() : this.#start()));
    elements.save.addEventListener("click", () => this.#save());
    elements.use.addEventListener("click", () => this.#use(elements.use.getAttribute("aria-pressed") !== "true"));
  }

  #start(): void {
    this.#running = true;
    this.#stopping = false;
    this.#accuracy = null;
    this.#elements.train.textContent = "Stop";
    this.#elements.progress.textContent = "Starting …";
    this.announce("Training has begun.");
    this.#curve.begin(1);
    if (this.#worker) this.#train();
    else this.#worker = this.#startWorker();
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "trainer" });
    worker.onmessage = ({ data }: MessageEvent<FromTrainer>) => this.#hear(data);
    worker.onerror = ({ message }) => this.#fail(message || "the worker did not start");
    return worker;
  }

  /** To a worker that is ready. */
  #tell(message: ToTrainer): void {
    this.#worker?.postMessage(message);
  }

  #train(): void {
    this.#tell({ kind: "train" });
    this.#unwatch = watchFrames((median) => {
      this.#tell({ kind: "rest", parts: Math.min(Math.max(median / IN_TIME - 1, 0), LONGEST_REST) });
    });
  }

  #stop(): void {
    this.#tell({ kind: "stop" });
    this.#stopping = true;
    this.#elements.train.textContent = "Stopping …";
  }

  #hear(message: FromTrainer): void {
    if (message.kind === "ready") {
      this.onThreads(message.threads);
      this.#train();
      if (this.#stopping) this.#stop();
    } else if (message.kind === "steps") this.#step(message.steps);
    else if (message.kind === "epoch") this.#epoch(message.accuracy, message.checkpoint);
    else if (message.kind === "failed") this.#fail(message.message);
    else this.#end(`${message.how === "finished" ? "Trained" : "Stopped"}: ${this.#summary()}`);
  }

  #step({ losses, epoch, epochs, done, count, signalsPerSecond }: TrainingSteps): void {
    const perEpoch = Math.ceil(count / 16);
    this.#curve.addLosses(losses, perEpoch * epochs);
    const rate = `${Math.round(signalsPerSecond)} digits/s`;
    this.#elements.progress.textContent =
      `Epoch ${epoch + 1} of ${epochs}, digit ${done} of ${count}, ${rate}` +
      (this.#accuracy === null ? "" : `; ${percent(this.#accuracy)} of unseen turned digits right`);
  }

  #epoch(accuracy: number, checkpoint: Uint8Array): void {
    this.#accuracy = accuracy;
    this.#checkpoint = checkpoint;
    this.#curve.addAccuracy(accuracy);
    this.#elements.curve.setAttribute("aria-label", `Loss curve: ${this.#summary()}`);
    if (this.#elements.use.hidden) {
      this.#elements.use.hidden = false;
      this.#use(true);
    } else if (performance.now() - this.#handedOver > INTERVAL) this.#handOver();
  }

  /** Gives the reader the latest weights. */
  #handOver(): void {
    this.#handedOver = performance.now();
    if (this.#checkpoint) this.onWeights(this.#checkpoint);
  }

  #summary(): string {
    const { first, last } = this.#curve.ends;
    const accuracy = this.#accuracy === null ? "" : `, ${percent(this.#accuracy)} of 100 unseen turned digits right`;
    return `the loss ${last < first ? "fell" : "went"} from ${first.toFixed(2)} to ${last.toFixed(2)}${accuracy}.`;
  }

  #use(use: boolean): void {
    this.#elements.use.setAttribute("aria-pressed", String(use));
    this.#handOver();
    this.onUse(use);
  }

  #end(text: string): void {
    this.#unwatch();
    this.#running = false;
    const { train, progress, save } = this.#elements;
    train.textContent = "Train again";
    progress.textContent = text;
    this.announce(text);
    if (!this.#checkpoint) return;
    this.#handOver();
    save.hidden = false;
  }

  #fail(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#end(`Training failed: ${reason}`);
  }

  #save(): void {
    const href = URL.createObjectURL(new Blob([this.#checkpoint as BlobPart]));
    Object.assign(document.createElement("a"), { href, download: "my-spherical-cnn.safetensors" }).click();
    URL.revokeObjectURL(href);
  }
}

const percent = (part: number): string => `${Math.round(100 * part)} %`;
