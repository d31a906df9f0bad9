// What the bench suite refuses, in a line and before it measures; and what it does without.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
// @ts-expect-error the suite is plain JavaScript
import { bars } from "../../bench/bars.mjs";
// @ts-expect-error the suite is plain JavaScript
import { removeEnded } from "../../bench/contenders.mjs";
// @ts-expect-error the suite is plain JavaScript
import { measureFresh } from "../../bench/fresh.mjs";
// @ts-expect-error the suite is plain JavaScript
import { nativeContenders } from "../../bench/native/build.mjs";
// @ts-expect-error the suite is plain JavaScript
import { help, settings } from "../../bench/options.mjs";
// @ts-expect-error the suite is plain JavaScript
import { Peer } from "../../bench/peers.mjs";
// @ts-expect-error the suite is plain JavaScript
import { checkWritable, earlierResults, writeResults } from "../../bench/results.mjs";

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ["bench/run.mjs", ...args], { encoding: "utf8", timeout: 60_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bench-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text, { mode: 0o755 });
  return join(folder, name);
};

test.each([
  [["--only", "no such row"], "no row matches no such row"],
  [["--only", "("], "--only: Invalid regular expression"],
  [["--only"], "--only needs a PATTERN"],
  [["--json", "--report"], "--json needs a FILE"],
  [["--rounds", "0"], "--rounds must be a positive integer, got 0"],
  [["--rounds", "3", "--rounds", "4"], "--rounds was given more than once"],
  [["--seconds", "x"], "--seconds must be a positive number, got x"],
  [["--seconds", "-1"], "--seconds must be a positive number, got -1"],
  [["--seconds", "Infinity"], "--seconds must be a positive number, got Infinity"],
  [["--runtime", "browser"], "unknown runtime browser, expected deno, bun, node24"],
  [["--report=yes"], "--report is a switch and takes no value, got yes"],
  [["--nonsense"], "unknown option --nonsense; --help shows those that there are"],
  [["--constructor"], "unknown option --constructor"],
  [["-x"], "unknown option -x"],
  [["extra"], "expected options only, got extra"],
  [["--from", "results.json"], "--from needs --report or --json"],
])("%j is refused", (args, message) => {
  expect(() => settings(args)).toThrow(message);
});

test("options that are fine", () => {
  const { rows, rounds, seconds, runtime, from } = settings([
    "--only",
    "^gemm/",
    "--seconds=0.5",
    "--runtime",
    "node24",
  ]);
  expect([rows.length, rounds, seconds, runtime, from]).toEqual([8, 7, 0.5, ["node24"], []]);
  expect(settings(["--from", "a", "--from=b", "--report"]).from).toEqual(["a", "b"]);
});

test.each([
  [["--seconds", "-1"], "--seconds must be a positive number, got -1"],
  [
    ["--json", "/nonexistent/folder/x.json"],
    "--json /nonexistent/folder/x.json: there is no folder /nonexistent/folder",
  ],
  [["--from", "/nonexistent.json", "--report"], "--from /nonexistent.json: cannot be read (ENOENT"],
])("%j ends with one line and without a stack", (args, message) => {
  const run = bench(...args);
  expect(run.status).toBe(1);
  expect(run.stdout).toBe("");
  expect(run.stderr.startsWith(`bench: ${message}`)).toBe(true);
  expect(run.stderr.trim().split("\n")).toHaveLength(1);
});

test("--help has a line for each option, and says what does not apply to fresh rows", () => {
  const { stdout, stderr, status } = bench("--help");
  expect([stdout, stderr, status]).toEqual([`${help()}\n`, "", 0]);
  const names = "only json report from rounds seconds runtime torch no-native help".split(" ");
  expect([...stdout.matchAll(/^ {2}--([a-z-]+) .*\S$/gm)].map(([, name]) => name)).toEqual(names);
  expect(stdout).toContain("cold-start/mnist-original-72 takes 15, the others take one");
});

test("results are written whole, where they can be", () => {
  expect(() => checkWritable(folder)).toThrow(`--json ${folder}: is there already, and is no file`);
  expect(() => checkWritable(join(file("plain", ""), "x.json"))).toThrow("there is no folder");
  const target = join(folder, "written.json");
  checkWritable(target);
  expect(existsSync(target)).toBe(false);
  writeResults(target, { rows: [1] });
  writeResults(target, { rows: [2] });
  expect(JSON.parse(readFileSync(target, "utf8"))).toEqual({ rows: [2] });
  mkdirSync(join(folder, "taken"));
  expect(() => writeResults(join(folder, "taken"), {})).toThrow(`--json ${join(folder, "taken")}: `);
  expect(readdirSync(folder).filter((name) => name.endsWith(".unfinished"))).toEqual([]);
});

const machine = {
  processor: "P",
  cores: 2,
  memory: "24 GiB",
  system: "linux",
  load: 0.25,
  runtime: "Node 24",
  commit: "abc",
  date: "2026-11-23T20:50:37.464Z",
  command: "npm run bench -- --only 1",
};
const one = { median: 1, low: 1, high: 1 };
const result = {
  row: "gemm/64",
  contender: "ours",
  threads: 1,
  dtype: "f32",
  build: "relaxed",
  ms: 2,
  low: 1,
  high: 3,
};
const rows = [{ ...result, ratio: one, rounds: [2] }];
const profiles = [{ row: "train/x", build: "plain", ms: 2, shares: [{ name: "rest", ms: 1, calls: 0 }] }];
const json = (name: string, content: unknown) => file(name, JSON.stringify(content));

test.each([
  ["{", "is not JSON ("],
  ["null", "expected what --json writes, {machine, rows, profiles}"],
  ["[]", "expected what --json writes"],
  ['{"rows": [], "profiles": []}', "its machine is missing or incomplete"],
  [JSON.stringify({ machine: { ...machine, load: "much" }, rows, profiles }), "its machine is missing or incomplete"],
  [JSON.stringify({ machine, profiles }), "its rows are missing"],
  [JSON.stringify({ machine, rows }), "its profiles are missing"],
  [JSON.stringify({ machine, rows: [...rows, { ...result, ms: "2" }], profiles }), "number 1 of its rows has missing"],
  [JSON.stringify({ machine, rows: [result], profiles }), "number 0 of its rows has missing"],
  [JSON.stringify({ machine, rows, profiles: [{ row: "a" }] }), "number 0 of its profiles has missing"],
])("--from a file with %s is refused", (text, message) => {
  const name = file("strange.json", text);
  expect(() => earlierResults([name])).toThrow(`--from ${name}: `);
  expect(() => earlierResults([name])).toThrow(message);
});

test("several results as one: a row stands once for each run that has it", () => {
  const first = json("first.json", { machine, rows, profiles });
  const others = [
    { ...result, row: "gemm/64", contender: "c", build: "128", ratio: one },
    { ...result, row: "cold-start/a", peak: 5 },
  ];
  const busy = { ...machine, load: 1.5, commit: "def", command: "npm run bench -- --only 2" };
  const second = json("second.json", { machine: busy, rows: others, profiles });
  expect(earlierResults([first, second])).toEqual({
    machine: { ...machine, load: 1.5, commit: "abc, def", commands: [machine.command, busy.command] },
    rows: [rows[0], { ...others[0], row: "gemm/64/run-2" }, others[1]],
    profiles,
  });
  const foreign = json("foreign.json", { machine: { ...machine, processor: "Q" }, rows, profiles });
  expect(() => earlierResults([first, foreign])).toThrow("measured on Q, not on P");
});

test("a process of a fresh row that is killed is named with its signal, and the others stand", () => {
  const places = [
    { contender: "killed", executable: file("killed.sh", "#!/bin/sh\nkill -KILL $$\n") },
    { contender: "failed", executable: file("failed.sh", "#!/bin/sh\necho no memory >&2\nexit 3\n") },
    { contender: "missing", executable: join(folder, "missing.sh") },
    { contender: "fine", executable: file("fine.sh", '#!/bin/sh\necho \'{"ms": 2, "peak": 5, "build": "plain"}\'\n') },
  ];
  const complaints: string[] = [];
  const row = { name: "tables/so3/64", kind: "fresh", dtype: "f32", runs: 3 };
  const measured = measureFresh(row, places, (contender: string, error: Error) => {
    complaints.push(`${contender}: ${error.message}`);
  });
  expect(complaints.slice(0, 2)).toEqual([
    "killed: its process was ended by SIGKILL",
    "failed: its process ended with 3: no memory",
  ]);
  expect(complaints[2]).toMatch(/^missing: .*ENOENT/);
  const numbers = { threads: 1, dtype: "f32", build: "plain", ms: 2, low: 2, high: 2, peak: 5 };
  expect(measured).toEqual([{ row: row.name, contender: "fine", ...numbers }]);
});

/** A compiler that knows 128 and 256 bits; it builds one program, and what happens to the others is in the arguments. */
const COMPILER = `#!/bin/sh
case "$*" in
  *--version*) exit 0 ;;
  *-dM*) echo "#define __AVX__ 1"; echo "#define __AVX2__ 1" ;;
  *-DBITS=128*-DF32*) while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\nread line\\n' > "$2"; chmod +x "$2" ;;
  *-DBITS=128*) while [ "$1" != -o ]; do shift; done; echo half > "$2"; kill -TERM $$ ;;
  *-DF32*) echo "twin.c:1: no such register" >&2; exit 1 ;;
  *) exit 4 ;;
esac
`;

test("a program that the compiler does not build is missing by name, and the others take part", async () => {
  const compiler = file("cc.sh", COMPILER);
  const { contenders, missing } = nativeContenders(join(folder, "native"), compiler);
  for (const { peer } of contenders) peer.close();
  expect(contenders.map(({ contender, build, dtypes }: Record<string, unknown>) => [contender, build, dtypes])).toEqual(
    [["c", "128", ["f32"]]],
  );
  expect(missing).toEqual([
    expect.stringContaining("no contender fftw: no FFTW 3"),
    expect.stringContaining("no contender openblas: no OpenBLAS"),
    `no contender twin-f64-128: ${compiler} was ended by SIGTERM on twin.c`,
    `no contender twin-f32-256: ${compiler} ended with 1 on twin.c:\ntwin.c:1: no such register`,
    `no contender twin-f64-256: ${compiler} ended with 4 on twin.c`,
    "no contender c at 512 bits: this processor has no such vectors",
  ]);
  const left = readdirSync(join(folder, "native")).filter((name) => name.startsWith("twin"));
  expect(left).toEqual(["twin-f32-128"]);
});

test("without a compiler there are no native contenders, and that is said", () => {
  const { contenders, missing } = nativeContenders(join(folder, "none"), join(folder, "no-compiler"));
  expect(contenders).toEqual([]);
  expect(missing).toEqual([
    expect.stringMatching(/^no native contenders: no .*no-compiler; bench\/native\/install.sh/),
  ]);
});

test("a program that ends takes no further part", async () => {
  const dying = new Peer("dying", file("dying.sh", "#!/bin/sh\nread line\nkill -KILL $$\n"), []);
  const well = new Peer("well", file("well.sh", "#!/bin/sh\nwhile read line; do echo unknown; done\n"), []);
  const peers = { native: [{ peer: well }, { peer: dying }], runtimes: [], torch: [] };
  expect(await well.contender("gemm", {})).toBe(null);
  await expect(dying.contender("gemm", {})).rejects.toThrow('dying: no answer to "prepare gemm" (ended by SIGKILL)');
  expect(removeEnded(peers)).toEqual(["dying"]);
  expect(peers.native).toEqual([{ peer: well }]);
  well.close();
});

test("each bar has a reason for the case that it is missed, and its factor", () => {
  const timed = (row: string, contender: string, build: string, ms: number) => {
    const rounds = [ms, ms, ms];
    return { ...result, row, contender, build, ms, low: ms, high: ms, ratio: one, rounds };
  };
  const names = ["forward/mnist-original/batch-1", "gemm/64", "dft/12"];
  const all = names.flatMap((name) => [
    timed(name, "ours", "relaxed", 26),
    timed(name, name === "dft/12" ? "fftw" : "c", name === "dft/12" ? "native" : "128", 10),
  ]);
  const judged: { what: string; miss: number; why: string }[] = bars(all, []);
  expect(judged.map(({ what, miss }) => [what, Number(miss.toFixed(2))])).toEqual([
    ["`mnist-original` forward, batch 1", 2],
    ["GEMM f32, 64", 2.47],
    ["real DFT f32, 12", 2.6],
  ]);
  for (const { why } of judged) expect(why).toMatch(/\[designs measured\]\(designs-measured\.md\)/);
});
