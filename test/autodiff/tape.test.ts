// The tape: order, accumulation, release. It is tried on plain numbers, then on tensors.

import { describe, expect, test } from "vitest";
import { type Node, node, pullBack, type Variable } from "../../src/autodiff/tape.ts";
import { ReleasedTensorError, ShapeError, ValueError } from "../../src/errors.ts";
import { add, multiply, scale } from "../../src/ops/arithmetic.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { sum } from "../../src/ops/sum.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { inF64Engines } from "../support/engines.ts";

/** A number as a variable, with a count of those alive. */
class Value implements Variable<Value> {
  static alive = 0;
  requiresGrad = false;
  node: Node<Value> | null = null;
  grad: Value | null = null;
  #released = false;

  constructor(public value: number) {
    Value.alive++;
  }

  accumulate(gradient: Value): void {
    if (this.grad) this.grad.absorb(gradient);
    else this.grad = gradient;
  }

  absorb(other: Value): void {
    this.value += other.value;
    other.release();
  }

  release(): void {
    if (this.#released) throw new Error("released twice");
    this.#released = true;
    Value.alive--;
  }
}

function leaf(value: number): Value {
  const made = new Value(value);
  made.requiresGrad = true;
  return made;
}

function product(x: Value, y: Value): Value {
  const z = new Value(x.value * y.value);
  z.requiresGrad = true;
  z.node = node("product", [x, y], (g) => [new Value(g.value * y.value), new Value(g.value * x.value)]);
  return z;
}

/** Hands its gradient on instead of a fresh one. */
function same(x: Value): Value {
  const z = new Value(x.value);
  z.requiresGrad = true;
  z.node = node("same", [x], (g) => [g]);
  return z;
}

describe("the tape knows no operation", () => {
  test("a value used on several paths gets the sum of their gradients", () => {
    const [x, y] = [leaf(3), leaf(5)];
    const z = product(product(x, y), same(x)); // x² y
    pullBack(z, new Value(1));
    expect([x.grad!.value, y.grad!.value]).toEqual([30, 9]);
  });

  test("each node is pulled once, however many paths lead to it", () => {
    let x = leaf(1);
    const start = x;
    for (let i = 0; i < 60; i++) x = product(x, x); // 2⁶⁰ paths
    pullBack(x, new Value(1));
    expect(start.grad!.value).toBe(2 ** 60);
  });

  test("gradients of intermediate results are released, those of leaves stay", () => {
    const x = leaf(2);
    const constant = new Value(7);
    const z = same(product(product(x, constant), x));
    const before = Value.alive;
    pullBack(z, new Value(1));
    expect(x.grad!.value).toBe(28);
    expect(constant.grad).toBe(null);
    expect(Value.alive - before).toBe(1);
  });

  test("a leaf's gradient is the seed itself", () => {
    const x = leaf(2);
    pullBack(x, new Value(4));
    expect(x.grad!.value).toBe(4);
  });
});

inF64Engines((engine) => {
  const variable = (values: number[]): Tensor => {
    const x = engine.tensor(values);
    x.requiresGrad = true;
    return x;
  };

  test("gradients of tensors add up over calls, and paths", () => {
    engine.scope(() => {
      const x = variable([1, 2]);
      const loss = sum(add(multiply(x, x), scale(x, 3)));
      loss.backward();
      expect([...x.grad!.toArray()]).toEqual([5, 7]);
      loss.backward();
      expect([...x.grad!.toArray()]).toEqual([10, 14]);
    });
  });

  test("a gradient lives as long as its leaf, not as the scope of backward", () => {
    const { used } = engine.memoryStatistics;
    engine.scope(() => {
      const x = variable([1, 2]);
      engine.scope(() => sum(multiply(x, x)).backward());
      expect([...x.grad!.toArray()]).toEqual([2, 4]);
    });
    const kept = engine.scope(() => variable([3]).keep());
    engine.scope(() => sum(multiply(kept, kept)).backward());
    expect([...kept.grad!.toArray()]).toEqual([6]);
    kept.dispose();
    expect(engine.memoryStatistics.used).toBe(used);
  });

  test("backward starts from one number", () => {
    engine.scope(() => {
      const x = variable([1, 2]);
      expect(() => scale(x, 2).backward()).toThrow(ShapeError);
      expect(() => scale(x, 2).backward()).toThrow(/the loss must be one number, got dense \[2\]/);
    });
  });

  test("backward from what was not recorded is an error, never a gradient that is missing", () => {
    engine.scope(() => {
      const [x, constant] = [variable([1, 2]), engine.tensor([3, 4])];
      for (const loss of [engine.noGrad(() => sum(x)), sum(constant)]) {
        expect(() => loss.backward()).toThrow(ValueError);
        expect(() => loss.backward()).toThrow(/backward: nothing that requires a gradient was recorded/);
        expect(loss.grad).toBe(null);
      }
      const leaf = variable([5]);
      leaf.backward();
      expect([...leaf.grad!.toArray()]).toEqual([1]);
    });
  });

  test("an intermediate result that was released is an error, never a gradient that is missing", () => {
    engine.scope(() => {
      const x = variable([1, 2]);
      // None of these three reads its input again in backward.
      for (const op of [(y: Tensor) => scale(y, 2), (y: Tensor) => add(y, y), (y: Tensor) => reshape(y, [1, 2])]) {
        const middle = scale(x, 3);
        const loss = sum(op(middle));
        middle.dispose();
        expect(() => loss.backward()).toThrow(ReleasedTensorError);
        expect(x.grad).toBe(null);
      }
    });
  });

  test("what requires no gradient gets none, and costs none", () => {
    engine.scope(() => {
      const [x, c] = [variable([1, 2]), engine.tensor([3, 4])];
      const y = multiply(x, c);
      sum(y).backward();
      expect([...x.grad!.toArray()]).toEqual([3, 4]);
      expect(c.grad).toBe(null);
      expect(y.grad).toBe(null);
      expect(multiply(c, c).node).toBe(null);
    });
  });
});
