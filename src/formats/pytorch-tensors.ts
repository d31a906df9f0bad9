// The names that a PyTorch pickle may ask for, and what becomes of them: descriptions first, arrays only on demand.
// Source: torch/_utils.py (_rebuild_tensor_v2 and its relatives), torch/serialization.py (persistent_id of a storage).
//
// A storage is a run of numbers in a record of its own; a tensor is a strided view of a storage.

import {
  countElements,
  decodeBytes,
  entriesPerElement,
  gatherStrided,
  itemSize,
  MAX_RANK,
  type StoredDtype,
  type TensorData,
  type TypedArray,
} from "../tensor-data.ts";
import { Callable, type PickleWorld, Tuple } from "./pickle.ts";
import { quote, type Refuse } from "./refuse.ts";

/** torch.FloatStorage and the like; undefined for torch.UntypedStorage, which counts bytes. */
class StorageType {
  constructor(readonly dtype: StoredDtype | undefined) {}
}

/** torch.float32 and the like. */
class Dtype {
  constructor(readonly dtype: StoredDtype) {}
}

/** A storage as the pickle names it: its record's key and its length in elements (bytes where untyped). */
export class Storage {
  constructor(
    readonly key: string,
    readonly dtype: StoredDtype | undefined,
    readonly length: number,
  ) {}

  /** Bytes per element. */
  get itemSize(): number {
    return this.dtype ? itemSize(this.dtype) : 1;
  }
}

/** A tensor as the pickle describes it; whether the numbers fit together is checked when it is built. */
export class Tensor {
  constructor(
    readonly storage: Storage,
    readonly dtype: StoredDtype,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const STORAGES: Readonly<Record<string, StoredDtype | undefined>> = {
  DoubleStorage: "f64",
  FloatStorage: "f32",
  HalfStorage: "f16",
  BFloat16Storage: "bf16",
  LongStorage: "i64",
  IntStorage: "i32",
  ShortStorage: "i16",
  CharStorage: "i8",
  ByteStorage: "u8",
  BoolStorage: "bool",
  ComplexFloatStorage: "c64",
  ComplexDoubleStorage: "c128",
  UntypedStorage: undefined,
};

const DTYPES: Readonly<Record<string, StoredDtype>> = {
  float64: "f64",
  float32: "f32",
  float16: "f16",
  bfloat16: "bf16",
  int64: "i64",
  int32: "i32",
  int16: "i16",
  int8: "i8",
  uint64: "u64",
  uint32: "u32",
  uint16: "u16",
  uint8: "u8",
  bool: "bool",
  complex64: "c64",
  complex128: "c128",
};

const asParameter = new Callable(([tensor]) => tensor);

/** Everything that a file of tensors asks for; all other names are refused. */
const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["collections.OrderedDict", new Callable(orderedDict)],
  ["torch.Size", new Callable(([sizes]) => sizes)],
  ["torch._utils._rebuild_tensor", new Callable(rebuild)],
  ["torch._utils._rebuild_tensor_v2", new Callable(rebuild)],
  ["torch._utils._rebuild_tensor_v3", new Callable(rebuildTyped)],
  ["torch._utils._rebuild_parameter", asParameter],
  ["torch._utils._rebuild_parameter_with_state", asParameter],
  ...["torch", "torch.cuda", "torch.storage"].flatMap((module) =>
    Object.entries(STORAGES).map(([name, dtype]): [string, unknown] => [`${module}.${name}`, new StorageType(dtype)]),
  ),
  ...Object.entries(DTYPES).map(([name, dtype]): [string, unknown] => [`torch.${name}`, new Dtype(dtype)]),
]);

/** Empty: SETITEMS fills it. Python 2 handed over a list of pairs here. */
function orderedDict(args: readonly unknown[], refuse: Refuse): Map<unknown, unknown> {
  if (args.length) refuse("expected an empty OrderedDict, got one of Python 2: save the file again with Python 3");
  return new Map();
}

/** (storage, offset, sizes, strides, requires_grad, hooks): the last two say nothing about the numbers. */
function rebuild(args: readonly unknown[], refuse: Refuse): Tensor {
  const [storage] = args;
  if (!(storage instanceof Storage) || !storage.dtype) refuse("expected a tensor of a storage with a dtype");
  return describe(storage, storage.dtype, args, refuse);
}

/** (untyped storage, offset, sizes, strides, requires_grad, hooks, dtype): for dtypes that have no storage class. */
function rebuildTyped(args: readonly unknown[], refuse: Refuse): Tensor {
  const [storage, , , , , , type] = args;
  if (!(storage instanceof Storage) || storage.dtype || !(type instanceof Dtype)) {
    refuse("expected a tensor of an untyped storage and a dtype");
  }
  return describe(storage, type.dtype, args, refuse);
}

function describe(storage: Storage, dtype: StoredDtype, args: readonly unknown[], refuse: Refuse): Tensor {
  const [, offset, sizes, steps] = args;
  const [shape, strides] = [countsOf(sizes), countsOf(steps)];
  if (!isCount(offset) || !shape || !strides || shape.length !== strides.length) {
    refuse(
      "expected a tensor's offset, sizes and as many strides, at most 64 each, all of them integers and none negative",
    );
  }
  return new Tensor(storage, dtype, offset, shape, strides);
}

/**
 * The names and the storages that a PyTorch pickle may refer to. Each storage is reported to `found`.
 * A persistent id is ("storage", type, key, device, length) and, in files before PyTorch 1.6, the view of a storage.
 */
export function torchWorld(refuse: Refuse, found: (storage: Storage) => void = () => {}): PickleWorld {
  return {
    globals: GLOBALS,
    persistent(id) {
      const [kind, type, key, , length, view] = id instanceof Tuple ? id.items : [];
      if (kind !== "storage" || !(type instanceof StorageType) || typeof key !== "string" || !isCount(length)) {
        refuse("expected the pickle to refer to a storage by its type, key, device and length");
      }
      if (view) refuse(`storage ${quote(key)} is a view of another: save the file again with PyTorch 1.6 or later`);
      const storage = new Storage(key, type.dtype, length);
      found(storage);
      return storage;
    },
  };
}

/** Turns described tensors into arrays, out of the bytes of the storages. */
export class TensorBuilder {
  readonly #built = new Map<Tensor, TensorData>();
  readonly #storages = new Map<string, TypedArray>();
  #bytesLeft: number;

  /** @param byteLimit how many bytes all arrays together may take: views may repeat the numbers of a storage */
  constructor(
    private readonly records: ReadonlyMap<string, Uint8Array>,
    private readonly bigEndian: boolean,
    private readonly byteLimit: number,
    private readonly refuse: Refuse,
  ) {
    this.#bytesLeft = byteLimit;
  }

  /** The array of a tensor; the same one each time, so that tied weights stay tied. */
  build(name: string, tensor: Tensor): TensorData {
    let built = this.#built.get(tensor);
    if (!built) {
      built = this.#gather(tensor, (message) => this.refuse(`tensor ${quote(name)}: ${message}`));
      this.#built.set(tensor, built);
    }
    return built;
  }

  #gather(tensor: Tensor, refuse: Refuse): TensorData {
    const { storage, dtype, offset, shape, strides } = tensor;
    const count = countElements(shape);
    if (count === undefined) refuse(`expected sizes whose product is below 2^53, got ${quote(shape)}`);

    const record = this.records.get(storage.key) ?? refuse(`storage ${quote(storage.key)} is not in the file`);
    if (record.length !== storage.length * storage.itemSize) {
      const expected = `${storage.length} elements of ${storage.dtype ?? "one byte"}`;
      refuse(`storage ${quote(storage.key)} should hold ${expected}, but has ${record.length} bytes`);
    }
    const available = Math.floor(record.length / itemSize(dtype));
    const reach = count && shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, offset) + 1;
    if (!(reach <= available)) {
      refuse(`sizes [${shape}], strides [${strides}], offset ${offset} reach element ${reach} of ${available}`);
    }
    const bytes = count * itemSize(dtype);
    this.#spend(bytes, refuse);
    if (isRowMajor(shape, strides)) {
      const start = count && offset * itemSize(dtype);
      return { shape, dtype, data: decodeBytes(record.subarray(start, start + bytes), dtype, this.bigEndian) };
    }
    const source = this.#decoded(tensor, record.subarray(0, available * itemSize(dtype)), refuse);
    const parts = entriesPerElement(dtype);
    if (parts === 1) return { shape, dtype, data: gatherStrided(source, shape, strides, offset) };
    const wide = strides.map((stride) => parts * stride);
    return { shape, dtype, data: gatherStrided(source, [...shape, parts], [...wide, 1], parts * offset) };
  }

  /** A whole storage as an array, once for all the views into it. */
  #decoded({ storage, dtype }: Tensor, bytes: Uint8Array, refuse: Refuse): TypedArray {
    const name = `${dtype} ${storage.key}`;
    let decoded = this.#storages.get(name);
    if (!decoded) {
      this.#spend(bytes.length, refuse);
      decoded = decodeBytes(bytes, dtype, this.bigEndian);
      this.#storages.set(name, decoded);
    }
    return decoded;
  }

  #spend(bytes: number, refuse: Refuse): void {
    if (bytes > this.#bytesLeft) {
      refuse(
        `takes ${bytes} bytes, ${this.#bytesLeft} are left of ${this.byteLimit}: views repeat far more than the file holds`,
      );
    }
    this.#bytesLeft -= bytes;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Non-negative integers, one an axis. One tuple may serve a million tensors: a long one is not even looked through. */
function countsOf(value: unknown): readonly number[] | undefined {
  if (!(value instanceof Tuple) || value.items.length > MAX_RANK || !value.items.every(isCount)) return undefined;
  return value.items as readonly number[];
}

/** Whether the elements follow each other without gaps; strides of axes of size 1 mean nothing. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return shape.includes(0);
    expected *= shape[axis]!;
  }
  return true;
}
