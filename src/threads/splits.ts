// How a kernel's call is divided among threads: into calls of the same kernel on parts of its work, each of which writes
// numbers that no other part writes or reads, by the same operations in the same order as the whole call does. So it makes no
// difference to a single bit who does which part, or how many parts there are.
//
// Sums over what would be divided (`sum`, `channelMoments`, losses) are not: their order would change.

import type { Kernels } from "../wasm/kernels.ts";

/** A call's arguments: pointers in bytes, counts in numbers. */
export type Arguments = readonly number[];

export interface Split {
  /** Into how many pieces the call can be divided; 1 for a call that stays whole. */
  units(args: Arguments): number;
  /** About how long the whole call takes. */
  nanoseconds(args: Arguments): number;
  /** The arguments for the units first ≤ u < last. */
  part(args: Arguments, first: number, last: number): number[];
  /** Whether every part does some of the work anew, so that there should be no more parts than threads. */
  readonly coarse?: boolean;
  /** Where the scratch's pointer stands and how many bytes it needs, of kernels that have scratch. */
  readonly scratch?: { readonly place: number; bytes(kernels: Kernels, args: Arguments): number };
}

/** Rows or columns of a product, numbers of an array, items of a batch: pieces as small as this are still efficient. */
const STRIP = 8;
const NUMBERS = 4096;
/** Signals that fill whole vectors in both dtypes. */
const SIGNALS = 4;

/** Measured on one core of 2024; they only need to say what is worth a second thread. */
const NANOSECONDS = { multiplication: 1 / 16, number: 0.3, pointOfGroup: { 2: 2.5, 3: 5 } };

/** `args` with some places changed. */
function changed(args: Arguments, changes: readonly (readonly [place: number, value: number])[]): number[] {
  const result = [...args];
  for (const [place, value] of changes) result[place] = value;
  return result;
}

/** Transforms of groups first ≤ g < last of signals on the grid at place 2, or on a part of it. */
function groups(
  place: number,
  dimensions: 2 | 3,
  scratch: NonNullable<Split["scratch"]>,
  fraction: (args: Arguments) => number = () => 1,
): Split {
  const count = (args: Arguments) => args[place + 1]! - args[place]!;
  return {
    units: count,
    nanoseconds: (args) =>
      count(args) * (2 * args[2]!) ** dimensions * fraction(args) * NANOSECONDS.pointOfGroup[dimensions],
    part: (args, first, last) =>
      changed(args, [
        [place, args[place]! + first],
        [place + 1, args[place]! + last],
      ]),
    scratch,
  };
}

/** A range of things counted at place 0, `unit` of them at least; `strides`: bytes from one to the next at each pointer. */
function range(
  unit: number,
  strides: (args: Arguments) => readonly (readonly [place: number, bytes: number])[],
  numbers: (args: Arguments) => number,
): Split {
  return {
    units: (args) => Math.ceil(args[0]! / unit),
    nanoseconds: (args) => args[0]! * numbers(args) * NANOSECONDS.number,
    part: (args, first, last) => {
      const start = first * unit;
      const moved = strides(args).map(([place, bytes]) => [place, args[place]! + start * bytes] as const);
      return changed(args, [[0, Math.min(args[0]!, last * unit) - start], ...moved]);
    },
  };
}

/** All kernels that can be divided, for numbers of `size` bytes. */
export function splitsFor(size: number): ReadonlyMap<keyof Kernels, Split> {
  const elementwise = (pointers: readonly number[], weight = 1) =>
    range(
      NUMBERS,
      () => pointers.map((place) => [place, size] as const),
      () => weight,
    );
  /** Signals `[group][points][LANES]` at `padded`, a number for each at `numbers`. */
  const signals = (points: (args: Arguments) => number, padded: readonly number[], dense: readonly number[]) =>
    range(
      SIGNALS,
      (args) => [
        ...padded.map((place) => [place, points(args) * size] as const),
        ...dense.map((place) => [place, size] as const),
      ],
      points,
    );
  const rows = (pointers: readonly number[]) =>
    range(
      STRIP,
      (args) => pointers.map((place) => [place, args[1]! * size] as const),
      (args) => args[1]!,
    );
  const s2Scratch = { place: 12, bytes: (k: Kernels, a: Arguments) => k.s2ScratchBytes(a[3]!, a[2]!, a[6]!) };
  const so3Scratch = { place: 12, bytes: (k: Kernels, a: Arguments) => k.so3ScratchBytes(a[3]!, a[2]!) };
  const rectifyScratch = {
    place: 20,
    bytes: (k: Kernels, a: Arguments) => k.so3RectifyScratchBytes(a[4]!, a[5]!, a[6]!, a[7]!, a[2]!, a[3]!),
  };
  const everyPoint = (args: Arguments) => args[1]! * args[2]!;

  return new Map<keyof Kernels, Split>([
    ["s2Analyze", { ...groups(4, 2, s2Scratch), coarse: true }],
    ["s2Synthesize", { ...groups(4, 2, s2Scratch), coarse: true }],
    ["so3Analyze", groups(4, 3, so3Scratch)],
    ["so3Synthesize", groups(4, 3, so3Scratch)],
    ["so3Rectify", groups(8, 3, rectifyScratch, (args) => args[3]! / args[2]!)],
    ["gemm", product(size)],
    ["gemmPacked", packedProduct(size)],
    ["transposeMiddle", blocks(size)],
    ["packSignals", signals((args) => args[1]!, [2, 3], [])],
    ["unpackSignals", signals((args) => args[1]!, [2, 3], [])],
    ["betaWeightedSums", signals(everyPoint, [3], [5])],
    ["betaWeightedSpread", signals(everyPoint, [5], [3])],
    ["channelAffine", items(size)],
    ["fill", elementwise([2])],
    ["copyScaled", elementwise([2, 3])],
    ["axpy", elementwise([2, 3])],
    ["add", elementwise([1, 2, 3])],
    ["multiply", elementwise([1, 2, 3])],
    ["reluForward", elementwise([1, 2])],
    ["reluBackward", elementwise([1, 2, 3])],
    ["softplusForward", elementwise([1, 2], 8)],
    ["softplusBackward", elementwise([1, 2, 3], 8)],
    ["addRowVector", rows([2])],
    ["columnAffine", rows([2, 5])],
    ["adamStep", elementwise([1, 2, 3, 4], 6)],
    ["sgdStep", elementwise([1, 2, 3], 3)],
  ]);
}

/**
 * A product is divided along the longer side of C, so that what every part packs anew is the smaller operand. No part is
 * narrower than a strip, for the kernel takes other paths for very few rows or columns; along k nothing is divided.
 */
function product(size: number): Split {
  const of = (args: Arguments) => args as unknown as Parameters<Kernels["gemm"]>;
  const wide = (M: number, N: number) => N >= M;
  return {
    units(args) {
      const [, , M, N] = of(args);
      return strips(wide(M, N) ? N : M);
    },
    nanoseconds(args) {
      const [, , M, N, K] = of(args);
      return productTime(M, N, K, size);
    },
    part(args, first, last) {
      const [transA, transB, M, N, , , A, lda, B, ldb, , C, ldc] = of(args);
      const { start, length } = ofStrips(wide(M, N) ? N : M, first, last);
      if (wide(M, N)) {
        return changed(args, [
          [3, length],
          [8, B + start * (transB ? ldb : 1) * size],
          [11, C + start * size],
        ]);
      }
      return changed(args, [
        [2, length],
        [6, A + start * (transA ? 1 : lda) * size],
        [11, C + start * ldc * size],
      ]);
    },
    coarse: true,
    scratch: { place: 13, bytes: (k, args) => k.gemmScratchBytes(args[2]!, args[3]!, args[4]!) },
  };
}

/** With the second operand packed already nothing is done anew when rows are divided, unless there are too few of them. */
function packedProduct(size: number): Split {
  const of = (args: Arguments) => args as unknown as Parameters<Kernels["gemmPacked"]>;
  const fewRows = (M: number) => M < 4 * STRIP;
  return {
    units(args) {
      const [M, N] = of(args);
      return strips(fewRows(M) ? N : M);
    },
    nanoseconds(args) {
      const [M, N, K] = of(args);
      return productTime(M, N, K, size);
    },
    part(args, first, last) {
      const [M, N, K, A, lda, panels, C, ldc] = of(args);
      const { start, length } = ofStrips(fewRows(M) ? N : M, first, last);
      if (fewRows(M)) {
        return changed(args, [
          [1, length],
          [5, panels + start * K * size],
          [6, C + start * size],
        ]);
      }
      return changed(args, [
        [0, length],
        [3, A + start * lda * size],
        [6, C + start * ldc * size],
      ]);
    },
    scratch: { place: 8, bytes: (k, args) => k.gemmScratchBytes(args[0]!, args[1]!, args[2]!) },
  };
}

/** The units of a side of so many rows or columns: strips, the last of them wider. */
const strips = (count: number) => Math.max(1, Math.floor(count / STRIP));

/** Rows or columns of the strips first ≤ s < last: where they begin, and how many there are. */
function ofStrips(count: number, first: number, last: number): { readonly start: number; readonly length: number } {
  const start = first * STRIP;
  return { start, length: (last === strips(count) ? count : last * STRIP) - start };
}

const productTime = (M: number, N: number, K: number, size: number) =>
  M * N * ((K * size * NANOSECONDS.multiplication) / 4 + NANOSECONDS.number);

/** Transpositions of the matrices of a row, one by one. */
function blocks(size: number): Split {
  const item = (args: Arguments) => args[1]! * args[2]! * args[3]!;
  return range(
    1,
    (args) => [
      [4, item(args) * size],
      [5, item(args) * size],
    ],
    item,
  );
}

/** Items of a batch whose signals fill whole vectors: the channels then begin with the first lane. */
function items(size: number): Split {
  const perUnit = (channels: number) => (channels % 4 === 0 ? 1 : channels % 2 === 0 ? 2 : 4);
  const item = (args: Arguments) => args[1]! * args[2]!;
  const of = (args: Arguments) =>
    range(
      perUnit(args[1]!),
      () => [
        [3, item(args) * size],
        [6, item(args) * size],
      ],
      item,
    );
  return {
    units: (args) => of(args).units(args),
    nanoseconds: (args) => of(args).nanoseconds(args),
    part: (args, first, last) => of(args).part(args, first, last),
  };
}
