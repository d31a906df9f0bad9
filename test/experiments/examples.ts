// Records as experiments leave them, with numbers made up.

import type { Json, RunHeader, RunRow } from "../../src/experiments/records.ts";
import { formatRecord } from "../../src/experiments/records.ts";

type Settings = Readonly<Record<string, Json>>;

function header(kind: string, name: string, settings: Settings): RunHeader {
  return {
    kind,
    name,
    command: `spherical-cnn experiment ${kind}`,
    version: "0.1.0",
    commit: "0123456789abcdef0123456789abcdef01234567",
    machine: { processor: "a processor", cores: 2, runtime: "Node 20.19.0", kernels: "f32 plain", threads: "1" },
    started: "2026-01-02T03:04:05.678Z",
    settings,
  };
}

export interface MnistExample {
  readonly name?: string;
  readonly settings?: Settings;
  /** By pose that is tested. */
  readonly accuracies?: Readonly<Record<string, number>>;
  readonly validation?: readonly number[];
  readonly finished?: boolean;
}

/** A record of kind "mnist" of three epochs. */
export function mnistRecord(example: MnistExample = {}): string {
  const { name = "run", accuracies = { nr: 0.96, r: 0.94 }, validation = [], finished = true } = example;
  const settings = {
    ...{ network: "mnist-original-72", parameters: 58550, train: "nr", test: ["nr", "r"], protocol: "paper", seed: 0 },
    ...{ testSeed: 10_000, digits: 60_000, holdout: 0, testDigits: 10_000, data: "0123456789abcdef" },
    ...{ epochs: 3, batch: 32, learningRate: 0.005, weightDecay: 0, schedule: null, build: "plain" },
    ...example.settings,
  };
  const epochs = [1, 2, 3].map((epoch) => ({
    ...{ row: "epoch", epoch, loss: 0.5 / epoch, accuracy: 1 - 0.1 / epoch },
    validation: epoch <= validation.length ? [{ pose: "nr", accuracy: validation[epoch - 1], loss: 0.2 }] : [],
    ...{ learningRate: 0.005, seconds: 60, digitsPerSecond: 1000 },
  }));
  const tests = settings.test.map((pose) => ({
    ...{ pose, accuracy: accuracies[pose as string]!, loss: 0.1, count: 10_000 },
    confusion: Array.from({ length: 10 }, (_, label) => Array.from({ length: 10 }, (_, k) => (k === label ? 991 : 1))),
  }));
  const rows: RunRow[] = finished ? [...epochs, { row: "result", tests, seconds: 180 } as RunRow] : epochs;
  return formatRecord(header("mnist", name, settings), rows);
}

/** A record of kind "equivariance": two bandwidths, two depths. */
export function equivarianceRecord(settings: Settings = {}, scale = 1, name = "errors"): string {
  const all = {
    ...{ bandwidths: [4, 8], layers: 2, channels: 10, activation: "relu", oversampling: null, input: "white" },
    ...{ after: "convolution", rotations: 50, dtype: "f32", build: "plain", seed: 0, ...settings },
  };
  const spread = (mean: number) => ({ mean: scale * mean, deviation: scale * mean, standardError: (scale * mean) / 7 });
  const rows = (all.bandwidths as number[]).flatMap((bandwidth) =>
    [1, 2].map((layers) => ({
      ...{ row: "error", bandwidth, layers, rotations: all.rotations, seconds: 1 },
      ...{ error: spread(0.01 * layers * bandwidth), distance: spread(0.01), pooled: spread(0.001) },
    })),
  );
  const reference = { row: "reference", bandwidth: 4, layers: 2, mean: 0.08, reference: 0.081, standardErrors: -0.4 };
  return formatRecord(header("equivariance", name, all), [...rows, { ...reference, agrees: true } as RunRow]);
}
