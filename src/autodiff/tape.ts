// Reverse-mode differentiation. The tape is the graph that hangs off the variables themselves: a result knows the node
// that made it, a node its inputs and how to pull a gradient back to them. The tape knows no operation.
//
// Convention for complex numbers, should an operation have them: a gradient is ∂L/∂re + i ∂L/∂im, so that the gradient of
// a linear map is its adjoint.

/** One recorded operation. */
export interface Node<V> {
  /** The operation's name, for messages. */
  readonly operation: string;
  readonly inputs: readonly V[];
  /** Position in time: an input's node always has a smaller one. */
  readonly sequence: number;
  /**
   * The gradients of the inputs from the gradient of the result, null where an input needs none. Each is fresh, or the
   * gradient itself, handed on once.
   */
  backward(gradient: V): readonly (V | null)[];
}

/** What the tape asks of a variable. */
export interface Variable<V> {
  readonly requiresGrad: boolean;
  readonly node: Node<V> | null;
  /** Adds `gradient` to this leaf's own and releases it. */
  accumulate(gradient: V): void;
  /** this += other; other is released. */
  absorb(other: V): void;
  release(): void;
}

let sequence = 0;

/** A node made now. */
export function node<V>(operation: string, inputs: readonly V[], backward: Node<V>["backward"]): Node<V> {
  return { operation, inputs, backward, sequence: sequence++ };
}

/**
 * Pulls `seed`, the gradient of `root`, back to every leaf that requires one. Gradients of intermediate results live
 * only until they have been used. Order and arithmetic depend on the graph alone, so equal runs give equal bits.
 */
export function pullBack<V extends Variable<V>>(root: V, seed: V): void {
  if (root.node === null) {
    root.accumulate(seed);
    return;
  }
  const gradients = new Map<Node<V>, V>([[root.node, seed]]);
  for (const current of nodesBelow(root.node)) {
    const gradient = gradients.get(current);
    if (!gradient) continue;
    gradients.delete(current);
    const pulled = current.backward(gradient);
    if (!pulled.includes(gradient)) gradient.release();
    pulled.forEach((part, i) => {
      const input = current.inputs[i]!;
      if (!part) return;
      if (!input.requiresGrad) part.release();
      else if (input.node === null) input.accumulate(part);
      else {
        const earlier = gradients.get(input.node);
        if (earlier) earlier.absorb(part);
        else gradients.set(input.node, part);
      }
    });
  }
}

/** Every node that `root` depends on, latest first. */
function nodesBelow<V extends Variable<V>>(root: Node<V>): Node<V>[] {
  const found = new Set<Node<V>>([root]);
  const open = [root];
  for (let current = open.pop(); current; current = open.pop()) {
    for (const input of current.inputs) {
      if (input.node && !found.has(input.node)) {
        found.add(input.node);
        open.push(input.node);
      }
    }
  }
  return [...found].sort((a, b) => b.sequence - a.sequence);
}
