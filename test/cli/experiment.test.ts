// `experiment mnist` on a few digits: whatever ends a run, it goes on and leaves the same bytes as one that nothing ended.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { namesIn, refused, start, succeed, temporaryFolder, writeMnist } from "../support/cli.ts";

const folder = temporaryFolder();
const path = (...names: string[]) => join(folder, ...names);
const NAME = "mnist-original-72-r-default-s3";

beforeAll(async () => {
  const images = readFileSync("models/mnist-test-500-images-idx3-ubyte.gz");
  const labels = readFileSync("models/mnist-test-500-labels-idx1-ubyte.gz");
  const digits = await readDigits(images, labels, { limit: 88 });
  writeMnist(folder, "train", digits.images.subarray(0, 64 * 784), digits.labels.subarray(0, 64));
  writeMnist(folder, "t10k", digits.images.subarray(64 * 784), digits.labels.subarray(64));
});

/** 44 digits to train on, the last 12 held out, 24 to test. */
const experiment = (out: string, ...rest: string[]) => [
  ...["experiment", "mnist", "--network", "mnist-original-72", "--data", folder, "--train", "r", "--seed", "3"],
  ...["--holdout", "12", "--limit", "44", "--batch", "8", "--out", path(out), ...rest],
];

interface Line {
  readonly [field: string]: unknown;
}

const linesOf = (out: string, name = NAME): Line[] =>
  readFileSync(path(out, `${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

/** A record but for its times, of which the checkout's commit is one: someone may commit while the tests run. */
const withoutTimes = (lines: readonly Line[]) =>
  lines.map(({ commit, started, seconds, digitsPerSecond, ...rest }) => JSON.stringify(rest));

const weightsOf = (out: string) => readFileSync(path(out, `${NAME}.safetensors`));

describe("experiment mnist", () => {
  const long = ["--epochs", "6", "--checkpoint-every", "0.001"];

  test("killed twice it goes on bit for bit, with other threads too", async () => {
    await succeed(...experiment("whole", ...long));
    for (let kills = 0; kills < 2; kills++) {
      const { child, finished } = start(experiment("killed", ...long, ...(kills > 0 ? ["--resume"] : [])));
      let said = "";
      child.stdout!.on("data", (text: string) => {
        said += text;
        if (/epoch \d+\/6/.test(said)) child.kill("SIGKILL");
      });
      const { code, stdout } = await finished;
      expect(code).toBeNull();
      expect(stdout).not.toContain("test:");
      expect(namesIn(path("killed"))).toContain(`${NAME}.checkpoint.safetensors`);
    }
    const said = await succeed(...experiment("killed", ...long, "--resume", "--threads", "2"));
    expect(said).toMatch(/going on after [1-9]\d* of 6 epochs and \d+ digits/);

    expect(weightsOf("killed")).toEqual(weightsOf("whole"));
    expect(withoutTimes(linesOf("killed"))).toEqual(withoutTimes(linesOf("whole")));
    expect(namesIn(path("whole"))).toEqual([`${NAME}.jsonl`, `${NAME}.safetensors`]);
    expect(namesIn(path("killed"))).toEqual(namesIn(path("whole")));
  });

  test("the record says what was run, and how it went", async () => {
    const [header, ...rows] = linesOf("whole");
    expect(header).toMatchObject({
      kind: "mnist",
      name: NAME,
      settings: {
        ...{ network: "mnist-original-72", parameters: 58550, train: "r", test: ["nr", "r"], protocol: "default" },
        ...{ seed: 3, digits: 44, holdout: 12, testDigits: 24, epochs: 6, batch: 8, learningRate: 0.005 },
      },
    });
    expect(JSON.stringify(header)).not.toContain(folder);
    expect(rows.map(({ row }) => row)).toEqual([...new Array(6).fill("epoch"), "result"]);
    const [first, last, result] = [rows[0]!, rows[5]!, rows[6]!];
    expect(first).toMatchObject({ epoch: 1, validation: [{ pose: "nr" }, { pose: "r" }], learningRate: 0.005 });
    expect(last.loss).toBeLessThan(first.loss as number);
    const tests = result.tests as { pose: string; accuracy: number; count: number; confusion: number[][] }[];
    expect(tests.map(({ pose, count }) => [pose, count])).toEqual([
      ["nr", 24],
      ["r", 24],
    ]);
    for (const { accuracy, confusion } of tests) {
      const right = confusion.reduce((sum, counts, label) => sum + counts[label]!, 0);
      expect(right / 24).toBe(accuracy);
    }
    // The weights are those that were tested.
    const files = ["--model", path("whole", `${NAME}.safetensors`), "--data", folder, "--rotated"];
    expect(JSON.parse(await succeed("evaluate", ...files, "--json")).accuracy).toBe(tests[1]!.accuracy);
    // The command that it names makes it again.
    const command = (header!.command as string).replace("DIR", folder).split(" ").slice(1);
    await succeed(...command, "--out", path("again"));
    expect(weightsOf("again")).toEqual(weightsOf("whole"));
    expect(withoutTimes(linesOf("again"))).toEqual(withoutTimes(linesOf("whole")));
  });

  test("interrupted by Ctrl-C it writes a checkpoint and says how to go on", async () => {
    const { child, finished } = start(experiment("stopped", "--epochs", "6"));
    let sent = false;
    child.stdout!.on("data", (text: string) => {
      if (!sent && text.includes("epoch 1/6")) sent = child.kill("SIGINT");
    });
    const { code, stderr } = await finished;
    expect(stderr).toMatch(/stopped after \d+ of 6 epochs and \d+ of 44 digits, written to .*; go on with: /);
    expect(code).toBe(130);
    const command = stderr.match(/go on with: spherical-cnn (.*)\n/)![1]!.split(" ");
    await succeed(...command);
    expect(weightsOf("stopped")).toEqual(weightsOf("whole"));
    expect(withoutTimes(linesOf("stopped"))).toEqual(withoutTimes(linesOf("whole")));
  });

  test("a run is neither replaced nor mixed with another unless that is asked for", async () => {
    const few = ["--epochs", "1"];
    await refused(/there is a run .*whole.*jsonl already; --resume .* --overwrite/, ...experiment("whole", ...few));
    await refused(/--resume: the run of .* is finished/, ...experiment("whole", ...few, "--resume"));

    const { child, finished } = start(experiment("other", ...long));
    child.stdout!.on("data", (text: string) => text.includes("epoch") && child.kill("SIGKILL"));
    await finished;
    const before = readFileSync(path("other", `${NAME}.checkpoint.safetensors`));
    const differs = (message: RegExp, ...rest: string[]) =>
      refused(message, ...experiment("other", ...long, "--resume").concat(rest));
    await differs(/--resume: the run of .* had learningRate 0.005, this one has 0.01/, "--lr", "0.01");
    await differs(/had schedule null, this one has \{"milestones":\[3\],"gamma":0.1\}/, "--milestones", "3");
    await differs(/had test \["nr","r"\], this one has \["r"\]/, "--test", "r");
    await differs(/had testDigits 24, this one has 20/, "--test-limit", "20");
    expect(readFileSync(path("other", `${NAME}.checkpoint.safetensors`))).toEqual(before);
    expect(await succeed(...experiment("other", ...few, "--overwrite"))).not.toContain("going on");
    expect(linesOf("other")).toHaveLength(3);
  });

  test("a disk that takes no more ends it with one line, and leaves what was there", async () => {
    // 200 blocks of 1 KiB: the record has room, the checkpoint's 700 kB have not.
    const words = experiment("full", "--epochs", "1").map((word) => `'${word}'`);
    const shell = ["-c", `ulimit -f 200; exec ${process.execPath} dist/cli.mjs ${words.join(" ")}`];
    const { status, stderr } = spawnSync("bash", shell, { encoding: "utf8" });
    expect(stderr).toMatch(/^spherical-cnn: cannot write .*checkpoint\.safetensors: it would become larger [^\n]*\n$/);
    expect(status).toBe(1);
    expect(namesIn(path("full"))).toEqual([]);
    writeFileSync(path("file"), "");
    await refused(/--out: the folder .*file cannot be made/, ...experiment("file"));
    await refused(/--out: the folder .*below cannot be made/, ...experiment(join("file", "below")));
  });

  test("refused before anything is read or written", async () => {
    const bad = (message: RegExp, ...rest: string[]) => refused(message, ...experiment("never", ...rest));
    await Promise.all([
      bad(/--test: expected nr, r or nr,r, got upright/, "--test", "upright"),
      bad(/--test: expected nr, r or nr,r, got r,r/, "--test", "r,r"),
      bad(/--name: expected letters, .*, got \.\.\/x/, "--name", "../x"),
      bad(/--checkpoint-every: expected a positive number, got 0/, "--checkpoint-every", "0"),
      bad(/--resume goes on with a run, --overwrite begins it anew; choose one/, "--resume", "--overwrite"),
      bad(/unknown option --output/, "--output", "x"),
      bad(/--build: expected plain, relaxed, got fast/, "--build", "fast"),
      refused(/--network: expected .*, got lenet/, "experiment", "mnist", "--network", "lenet", "--train", "r"),
      refused(/experiment: expected one of mnist, .*, got cifar/, "experiment", "cifar"),
    ]);
    const few = ["--epochs", "1", "--test", "r", "--test-limit", "8", "--json"];
    const said = JSON.parse(await succeed(...experiment("json", ...few)));
    expect(said).toMatchObject({
      name: NAME,
      settings: { testDigits: 8 },
      rows: [{ epoch: 1 }, { tests: [{ count: 8 }] }],
    });
  });
});

test("experiment equivariance in JSON", async () => {
  const small = ["--bandwidths", "2", "--layers", "1", "--rotations", "2", "--channels", "1", "--out", path("errors")];
  const said = JSON.parse(await succeed("experiment", "equivariance", ...small, "--json"));
  expect(said).toMatchObject({
    kind: "equivariance",
    settings: { bandwidths: [2] },
    rows: [{ row: "error", layers: 1 }],
  });
});
