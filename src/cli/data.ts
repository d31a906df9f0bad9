// `spherical-cnn data mnist`: fetches the four files of MNIST, checks them, goes on with what an earlier run left.

import type { CAC } from "cac";
import { type DownloadProgress, downloadMnist, MNIST_FILES } from "../data/download.ts";
import { ValueError } from "../errors.ts";
import { flag, type Options, text } from "./options.ts";
import { progress } from "./progress.ts";

const DEFAULT_FOLDER = "data/mnist";

export function registerData(cli: CAC): void {
  cli
    .command("data <set>", "Fetch a data set: mnist")
    .option("--dir <dir>", `Where to put it, ${DEFAULT_FOLDER} by default; right files that are there are kept`)
    .option("--mirror <url>", "Another address to fetch from")
    .option("--json", "Say what was done in JSON")
    .action(run);
}

async function run(set: string, options: Options): Promise<void> {
  if (set !== "mnist") throw new ValueError(`data: expected mnist, got ${set}`);
  const directory = text(options, "dir") ?? DEFAULT_FOLDER;
  const mirror = text(options, "mirror");
  const bar = progress(
    "fetching",
    MNIST_FILES.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  const received = new Map<string, number>();
  const watch = (event: DownloadProgress) => {
    if (event.kind === "bytes") received.set(event.file, event.received);
    else if (event.kind === "kept")
      received.set(event.file, MNIST_FILES.find(({ name }) => name === event.file)!.bytes);
    else if (event.kind === "retry") console.error(`${event.file}: ${event.mirror}: ${event.reason}; trying again`);
    else if (event.kind === "wrong") console.error(`${event.file}: ${event.reason}; fetching it anew`);
    bar.update(
      [...received.values()].reduce((sum, bytes) => sum + bytes, 0),
      event.file,
    );
  };
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  try {
    const files = await downloadMnist(directory, {
      progress: watch,
      signal: stop.signal,
      ...(mirror !== undefined && { mirrors: [mirror] }),
    });
    bar.stop();
    if (flag(options, "json")) console.log(JSON.stringify({ directory, files }));
    else for (const { path, action } of files) console.log(`${action.padEnd(10)} ${path}`);
  } finally {
    process.off("SIGINT", interrupt);
    bar.stop();
  }
}
