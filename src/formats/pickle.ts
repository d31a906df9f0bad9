// A pickle machine that can build plain values and nothing else.
//
// A pickle is a program: opcodes that push values, group them since a mark, remember them in a memo, fetch a Python name
// (GLOBAL) and call it (REDUCE). Here a name is one that the caller lists, or the pickle is refused at the fetch; what is
// called is the caller's function, which only describes what it would build. Nothing is ever looked up elsewhere.
// Source: CPython Lib/pickletools.py; the opcodes are those that protocols 2 to 5 need for the values below.
//
// None, bool, int, float, str → null, boolean, number (bigint beyond 2⁵³), number, string;
// list → array, tuple → Tuple, dict → Map, bytes → Uint8Array.

import { FormatError, UnsafePickleError } from "../errors.ts";
import { quote, type Refuse } from "./refuse.ts";

/** A Python tuple. */
export class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** What a pickle may call. `run` gets the arguments as the pickle gave them, of any kind and number, and may refuse. */
export class Callable {
  constructor(readonly run: (args: readonly unknown[], refuse: Refuse) => unknown) {}
}

/** What a pickle may ask for beyond plain values. */
export interface PickleWorld {
  /** The names it may fetch, as "module.name". */
  readonly globals: ReadonlyMap<string, unknown>;
  /** The object with a persistent id, something that lies outside the pickle. */
  persistent(id: unknown): unknown;
}

/** Containers that one pickle may build: 200,000 tensors take five each. */
const MAX_CONTAINERS = 1_000_000;
/** Bytes and memorised values of one pickle, for as many. */
const MAX_PICKLE = 32 << 20;
const MAX_MEMO = 4_000_000;
/** Longest Python name, module and all, that is worth reading. */
const MAX_NAME = 1000;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Runs the pickle at `start`.
 * @returns its value, and where it ended
 * @throws UnsafePickleError where it asks for a name that `world` does not list, or constructs objects
 * @throws FormatError where it is damaged
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  world: PickleWorld,
  where: string,
): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const limit = Math.min(bytes.length, start + MAX_PICKLE);
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();
  let position = start;
  let opcodeAt = start;
  let containers = 0;

  const refuse: Refuse = (message) => {
    throw new FormatError(`${where}: ${message} at byte ${opcodeAt - start} of the pickle`);
  };
  const refuseUnsafe: Refuse = (what) => {
    throw new UnsafePickleError(
      `${where}: the pickle asks for ${what}, expected nothing but tensors and plain values; nothing of it was ` +
        "executed. Save only the weights: torch.save(model.state_dict(), path)",
    );
  };
  /** Moves past `length` bytes and returns where they begin. */
  const take = (length: number): number => {
    if (!(length <= limit - position)) refuse(`expected ${length} more bytes, but ${limit - position} are left`);
    position += length;
    return position - length;
  };
  const byte = (): number => bytes[take(1)]!;
  const word = (): number => view.getUint32(take(4), true);
  const long = (): number => Number(view.getBigUint64(take(8), true));
  const span = (length: number): Uint8Array => bytes.subarray(take(length), position);
  const utf8 = (length: number): string => {
    const text = span(length);
    try {
      return UTF8.decode(text);
    } catch {
      return refuse("expected UTF-8");
    }
  };
  const line = (): string => {
    const end = bytes.subarray(position, Math.min(limit, position + MAX_NAME)).indexOf(10);
    if (end < 0) refuse("expected a name and a line end");
    const text = utf8(end);
    position++;
    return text;
  };
  const floor = (): number => marks.at(-1) ?? 0;
  const pop = (): unknown => (stack.length > floor() ? stack.pop() : refuse("a value is missing"));
  const top = (): unknown => (stack.length > floor() ? stack.at(-1) : refuse("a value is missing"));
  const popMark = (): unknown[] => stack.splice(marks.pop() ?? refuse("a mark is missing"));
  const container = <T>(value: T): T => {
    if (++containers > MAX_CONTAINERS) refuse(`more than ${MAX_CONTAINERS} containers`);
    return value;
  };
  const tuple = (items: unknown[]): void => void stack.push(container(new Tuple(items)));
  const tupleOf = (length: number): void => {
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.unshift(pop());
    tuple(items);
  };
  const put = (index: number): void => {
    if (memo.size >= MAX_MEMO) refuse(`more than ${MAX_MEMO} memorised values`);
    memo.set(index, top());
  };
  const get = (index: number): void =>
    void stack.push(memo.has(index) ? memo.get(index) : refuse(`memo ${index} is empty`));
  const fetch = (module: string, name: string): void => {
    const path = `${module}.${name}`;
    stack.push(world.globals.has(path) ? world.globals.get(path) : refuseUnsafe(shown(path)));
  };
  const append = (items: unknown[]): void => {
    const list = top();
    if (!Array.isArray(list)) refuse("expected a list to append to");
    for (const item of items) list.push(item);
  };
  const setItems = (items: unknown[]): void => {
    const dict = top();
    if (!(dict instanceof Map) || items.length % 2) refuse("expected a dict, and pairs to put into it");
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  };

  const opcodes: Readonly<Record<string, () => void>> = {
    "\x80": () => void (byte() > 5 && refuse("expected pickle protocol 5 at most")), // PROTO
    "\x95": () => void (long() > limit - position && refuse("a frame is cut")), // FRAME
    "(": () => void marks.push(stack.length), // MARK
    N: () => void stack.push(null), // NONE
    "\x88": () => void stack.push(true), // NEWTRUE
    "\x89": () => void stack.push(false), // NEWFALSE
    J: () => void stack.push(view.getInt32(take(4), true)), // BININT
    K: () => void stack.push(byte()), // BININT1
    M: () => void stack.push(view.getUint16(take(2), true)), // BININT2
    "\x8a": () => void stack.push(littleEndian(span(byte()))), // LONG1
    G: () => void stack.push(view.getFloat64(take(8))), // BINFLOAT
    X: () => void stack.push(utf8(word())), // BINUNICODE
    "\x8c": () => void stack.push(utf8(byte())), // SHORT_BINUNICODE
    "\x8d": () => void stack.push(utf8(long())), // BINUNICODE8
    U: () => void stack.push(utf8(byte())), // SHORT_BINSTRING: the str of Python 2
    T: () => void stack.push(utf8(word())), // BINSTRING
    C: () => void stack.push(span(byte())), // SHORT_BINBYTES
    B: () => void stack.push(span(word())), // BINBYTES
    ")": () => tuple([]), // EMPTY_TUPLE
    t: () => tuple(popMark()), // TUPLE
    "\x85": () => tupleOf(1), // TUPLE1
    "\x86": () => tupleOf(2), // TUPLE2
    "\x87": () => tupleOf(3), // TUPLE3
    "]": () => void stack.push(container([])), // EMPTY_LIST
    a: () => append([pop()]), // APPEND
    e: () => append(popMark()), // APPENDS
    "}": () => void stack.push(container(new Map())), // EMPTY_DICT
    s: () => setItems([pop(), pop()].reverse()), // SETITEM
    u: () => setItems(popMark()), // SETITEMS
    q: () => put(byte()), // BINPUT
    r: () => put(word()), // LONG_BINPUT
    "\x94": () => put(memo.size), // MEMOIZE
    h: () => get(byte()), // BINGET
    j: () => get(word()), // LONG_BINGET
    // GLOBAL
    c: () => fetch(line(), line()),
    // STACK_GLOBAL
    "\x93": () => {
      const [name, module] = [pop(), pop()];
      if (typeof module !== "string" || typeof name !== "string") refuse("expected two strings as a name");
      fetch(module, name);
    },
    // REDUCE
    R: () => {
      const [args, callable] = [pop(), pop()];
      if (!(callable instanceof Callable)) refuse("the pickle calls what is no function");
      if (!(args instanceof Tuple)) refuse("expected a tuple of arguments");
      stack.push(container(callable.run(args.items, refuse)));
    },
    // BUILD: attributes of an OrderedDict, such as the _metadata of a state_dict, carry no weights
    b: () => {
      pop();
      if (!(top() instanceof Map)) refuse("the pickle sets attributes of what is no dict");
    },
    // BINPERSID
    Q: () => void stack.push(container(world.persistent(pop()))),
    // INST: a name and a call in one
    i: () => refuseUnsafe(shown(`${line()}.${line()}`)),
    o: () => refuseUnsafe("an object of a class (OBJ)"),
    "\x81": () => refuseUnsafe("an object of a class (NEWOBJ)"),
    "\x92": () => refuseUnsafe("an object of a class (NEWOBJ_EX)"),
    "\x82": () => refuseUnsafe("an extension (EXT1)"),
    "\x83": () => refuseUnsafe("an extension (EXT2)"),
    "\x84": () => refuseUnsafe("an extension (EXT4)"),
  };

  for (;;) {
    opcodeAt = position;
    const opcode = String.fromCharCode(byte());
    if (opcode === ".") break; // STOP
    (opcodes[opcode] ?? refuse(`unknown opcode 0x${opcode.charCodeAt(0).toString(16).padStart(2, "0")}`))();
  }
  const value = pop();
  if (stack.length || marks.length) refuse("the pickle stops with values left over");
  return { value, end: position };
}

/** A signed integer of up to 255 bytes. */
function littleEndian(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  value = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** A dotted name for a message: bare where it is one, quoted where it holds anything else. */
function shown(path: string): string {
  return /^[\w.]{1,80}$/.test(path) ? path : quote(path);
}
