// The page's workers: one file, so that both share what they load. Its name says which of the two a worker is; it says "ready"
// before it is asked for anything.

import type { FromReader, FromTrainer, ToReader, ToTrainer } from "./messages.ts";
import { bytesOf, DIGIT_IMAGES, DIGIT_LABELS, PLANAR, SPHERICAL } from "./models.ts";
import { Reader } from "./reader.ts";

/** What of a worker's global object is used here; the page's own types are for windows. */
const port = self as unknown as {
  readonly name: string;
  postMessage(message: FromReader | FromTrainer): void;
  onmessage: ((event: MessageEvent) => void) | null;
};

const failed = (error: unknown): void =>
  port.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });

async function read(): Promise<void> {
  const reader = await Reader.load(bytesOf(SPHERICAL), bytesOf(PLANAR));
  const answer = (message: ToReader): void => {
    if (message.kind === "own") reader.setOwn(message.checkpoint);
    else if (message.kind === "tally") {
      port.postMessage({ kind: "tally", tally: reader.tally(message.picture, message.turns) });
    } else {
      const { picture, orientation, features } = message;
      port.postMessage({ kind: "answer", answer: reader.read(picture, orientation, features) });
    }
  };
  port.onmessage = ({ data }) => {
    try {
      answer(data as ToReader);
    } catch (error) {
      failed(error);
    }
  };
  port.postMessage({ kind: "ready", build: reader.engine.build });
}

async function train(): Promise<void> {
  const { Lesson } = await import("./lesson.ts");
  const lesson = await Lesson.prepare(bytesOf(DIGIT_IMAGES), bytesOf(DIGIT_LABELS));
  let stop = { aborted: false };
  port.onmessage = ({ data }) => {
    const message = data as ToTrainer;
    if (message.kind === "stop") stop.aborted = true;
    else if (message.kind === "rest") lesson.rest = message.parts;
    else if (message.kind === "train") {
      stop = { aborted: false };
      lesson.run(stop, (report) => port.postMessage(report)).catch(failed);
    }
  };
  port.postMessage({ kind: "ready", threads: lesson.threads });
}

(port.name === "trainer" ? train() : read()).catch(failed);
