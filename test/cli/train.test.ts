// `train` on a few digits: a run that is interrupted and goes on ends with the same weights as one that is not.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { saveCheckpoint } from "../../src/train/checkpoint.ts";
import { namesIn, refused, run, start, succeed, temporaryFolder, writeMnist } from "../support/cli.ts";

const folder = temporaryFolder();
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  const images = readFileSync("models/mnist-test-500-images-idx3-ubyte.gz");
  const labels = readFileSync("models/mnist-test-500-labels-idx1-ubyte.gz");
  const digits = await readDigits(images, labels, { limit: 48 });
  writeMnist(folder, "train", digits.images, digits.labels);
});

const training = (output: string, ...rest: string[]) => [
  ...["train", "--network", "mnist-original-72", "--data", folder, "--train", "r"],
  ...["--batch", "8", "--seed", "4", "--output", path(output), ...rest],
];

const weights = (name: string) => readSafetensors(readFileSync(path(name)));

test("interrupted by Ctrl-C it finishes the step, says how to go on, and goes on bit for bit", async () => {
  await succeed(...training("whole.safetensors", "--epochs", "20"));

  const { child, finished } = start(training("parts.safetensors", "--epochs", "20"));
  child.stdout?.once("data", () => child.kill("SIGINT"));
  const { code, stdout, stderr } = await finished;
  expect(stdout).toMatch(/^epoch 1\/20: loss \d+\.\d{4}, accuracy/);
  expect(stderr).toMatch(
    /stopped in epoch \d+ of 20 after \d+ of 48 digits, written to .*parts\.safetensors; go on with: /,
  );
  expect(code).toBe(130);
  expect(weights("parts.safetensors").metadata.resume).toBeDefined();
  await refused(
    /--epochs: the run of .*parts\.safetensors has done \d+ epochs already, got 1; ask for more/,
    ...training("parts.safetensors", "--epochs", "1", "--resume"),
  );

  const command = stderr.match(/go on with: spherical-cnn (.*)\n/)![1]!.split(" ");
  expect(command.at(-1)).toBe("--resume");
  await succeed(...command);
  const [whole, parts] = [weights("whole.safetensors"), weights("parts.safetensors")];
  expect(parts.tensors).toEqual(whole.tensors);
  expect(parts.metadata.resume).toBeUndefined();
  expect(namesIn(folder).filter((name) => name.includes("partial"))).toEqual([]);
  expect(await succeed("info", path("parts.safetensors"))).toMatch(/epoch +20 +loss/);
});

test("an existing file is replaced only when that is asked for", async () => {
  writeFileSync(path("mine"), "years of work");
  const few = ["--epochs", "1", "--limit", "8"];
  await refused(/there is a file .*mine already; .* --overwrite replaces it/, ...training("mine", ...few));
  expect(readFileSync(path("mine"), "utf8")).toBe("years of work");
  await succeed(...training("mine", ...few, "--overwrite"));
  expect(weights("mine").metadata.training).toBeDefined();
});

test("interrupted before training begins it says that nothing was written", async () => {
  // The labels come through a pipe that nobody has filled yet: the program waits for them.
  mkdirSync(path("slow"));
  copyFileSync(path("train-images-idx3-ubyte.gz"), path("slow/train-images-idx3-ubyte.gz"));
  execFileSync("mkfifo", [path("slow/train-labels-idx1-ubyte")]);
  const { child, finished } = start(
    training("early.safetensors").map((word) => (word === folder ? path("slow") : word)),
  );
  const labels = await open(path("slow/train-labels-idx1-ubyte"), "w");
  child.kill("SIGINT");
  await new Promise((said) => child.stderr!.once("data", said));
  // Node ends once the reading of the pipe has.
  await labels.close();
  expect(await finished).toEqual({
    code: 130,
    stdout: "",
    stderr: "interrupted before training began; nothing was written\n",
  });
  expect(namesIn(folder).filter((name) => name.startsWith("early"))).toEqual([]);
});

test("the result in JSON", async () => {
  const said = JSON.parse(await succeed(...training("json.safetensors", "--epochs", "1", "--limit", "16", "--json")));
  expect(said).toMatchObject({ network: "mnist-original-72", train: "r", epochs: 1, outcome: "finished" });
  expect(said.records).toHaveLength(1);
});

test("refused before anything is trained or written", async () => {
  const bad = (message: RegExp, ...rest: string[]) => refused(message, ...training("never.safetensors", ...rest));
  const { code, stderr } = await run(
    "train",
    "--network",
    "lenet",
    "--data",
    folder,
    "--train",
    "r",
    "--output",
    path("x"),
  );
  expect(stderr).toMatch(
    /^spherical-cnn: --network: expected mnist-original, mnist-original-72, mnist-deep, planar, got lenet\n$/,
  );
  expect(code).toBe(1);
  await succeed(...training("done.safetensors", "--epochs", "1", "--limit", "8"));
  const bare = saveCheckpoint(buildNetwork("mnist-original-72", await createEngine()));
  writeFileSync(path("weights.safetensors"), bare);
  await Promise.all([
    bad(/--epochs: expected a whole number of at least 1, got 0/, "--epochs", "0"),
    bad(/--limit: expected a whole number of at least 1, got all/, "--limit", "all"),
    bad(/--batch was given 2 times/, "--batch", "4"),
    bad(/--lr: expected a positive number, got 0/, "--lr", "0"),
    bad(/--milestones: expected epochs such as 10,15, got soon/, "--milestones", "soon"),
    bad(/--gamma needs --milestones/, "--gamma", "0.5"),
    bad(/--protocol: expected default, paper, got none/, "--protocol", "none"),
    bad(/no such file/, "--resume"),
    refused(/there is a file .*done\.safetensors already; --resume goes on/, ...training("done.safetensors")),
    refused(/is finished, .* train anew with --epochs/, ...training("done.safetensors", "--resume", "--epochs", "9")),
    refused(/weights alone, not a run/, ...training("weights.safetensors", "--resume")),
    refused(/--train is missing/, "train", "--network", "mnist-deep", "--data", folder, "--output", path("x")),
    refused(
      /--train: expected nr, r, got both/,
      ...["train", "--network", "mnist-deep", "--data", folder, "--train", "both", "--output", path("x")],
    ),
    refused(
      /fetch the files with/,
      ...["train", "--network", "mnist-deep", "--data", path("none"), "--train", "r", "--output", path("x")],
    ),
  ]);
  expect(namesIn(folder).filter((name) => name === "never.safetensors" || name === "x")).toEqual([]);
});
