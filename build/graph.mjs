// Linear functions as graphs of sums and multiples, and their transposes.

/**
 * Nodes are { input }, { a, b } for a + b, { a, factor }, and { a, sample } for the rectified sample of that number,
 * where a and b are references: ±(number + 1) of a node, or 0 for zero. A node is made only once, whatever its sign.
 */
export class Graph {
  nodes = [];
  #known = new Map();

  input(index) {
    return this.#reference(`input ${index}`, { input: index });
  }

  add(a, b) {
    if (a === 0 || b === 0) return a + b;
    if (a === -b) return 0;
    if (a < 0 && b < 0) return -this.add(-a, -b);
    if (a < 0 || (b > 0 && b < a)) return this.add(b, a);
    const opposite = this.#known.get(`${-b} + ${-a}`);
    return opposite ? -opposite : this.#reference(`${a} + ${b}`, { a, b });
  }

  scale(a, factor) {
    if (a === 0 || factor === 0) return 0;
    if (factor === 1) return a;
    if (a < 0) return -this.scale(-a, factor);
    if (factor < 0) return -this.scale(a, -factor);
    return this.#reference(`${a} · ${factor.toFixed(15)}`, { a, factor });
  }

  rectified(a, sample) {
    return this.#reference(`sample ${sample}`, { a, sample });
  }

  /** Numbers of the nodes that the outputs need, in the order of their making, inputs just before their first use. */
  live(outputs) {
    const needed = new Set(outputs.filter((reference) => reference !== 0).map(numberOf));
    for (let number = this.nodes.length - 1; number >= 0; number--) {
      if (needed.has(number)) for (const operand of operands(this.nodes[number])) needed.add(numberOf(operand));
    }
    const computed = [...needed].filter((number) => this.nodes[number].input === undefined).sort((a, b) => a - b);
    return [
      ...new Set([...computed.flatMap((number) => [...operands(this.nodes[number]).map(numberOf), number]), ...needed]),
    ];
  }

  /** The same, each just before the first that needs it, outputs in the order of their making. */
  demanded(outputs) {
    const order = new Set();
    const visit = (number) => {
      if (order.has(number)) return;
      for (const operand of operands(this.nodes[number])) visit(numberOf(operand));
      order.add(number);
    };
    const wanted = outputs.filter((reference) => reference !== 0).map(numberOf);
    for (const number of wanted.sort((a, b) => a - b)) visit(number);
    return [...order];
  }

  #reference(key, node) {
    if (!this.#known.has(key)) this.#known.set(key, this.nodes.push(node));
    return this.#known.get(key);
  }
}

export const numberOf = (reference) => Math.abs(reference) - 1;
export const operands = ({ a, b }) => [a, b].filter((operand) => operand !== undefined);

/** The transposed function: as many inputs as there were outputs, and the other way round. */
export function transpose({ graph, outputs, inputs }) {
  const transposed = new Graph();
  const received = new Map();
  const give = (reference, value) => {
    const signed = reference < 0 ? -value : value;
    received.set(numberOf(reference), [...(received.get(numberOf(reference)) ?? []), signed]);
  };
  outputs.forEach((reference, index) => {
    give(reference, transposed.input(index));
  });
  const results = new Array(inputs).fill(0);
  for (const number of graph.live(outputs).reverse()) {
    const node = graph.nodes[number];
    const value = received.get(number).reduce((sum, term) => transposed.add(sum, term));
    if (node.input !== undefined) results[node.input] = value;
    else if (node.factor !== undefined) give(node.a, transposed.scale(value, node.factor));
    else for (const operand of operands(node)) give(operand, value);
  }
  return { graph: transposed, outputs: results, inputs: outputs.length };
}

/** A linear function, the rectifier, another linear function of as many inputs as the first has outputs. */
export function rectifiedBetween(first, second) {
  const graph = new Graph();
  const copy = ({ nodes }, order, input) => {
    const copied = new Map();
    const of = (reference) => Math.sign(reference) * copied.get(numberOf(reference));
    for (const number of order) {
      const { a, b, factor, input: index } = nodes[number];
      if (index !== undefined) copied.set(number, input(index));
      else copied.set(number, factor === undefined ? graph.add(of(a), of(b)) : graph.scale(of(a), factor));
    }
    return of;
  };
  const ofFirst = copy(first.graph, first.graph.live(first.outputs), (index) => graph.input(index));
  const samples = first.outputs.map((reference, index) => graph.rectified(ofFirst(reference), index));
  const ofSecond = copy(second.graph, second.graph.live(second.outputs), (index) => samples[index]);
  return { graph, outputs: second.outputs.map(ofSecond), inputs: first.inputs };
}

/** Arithmetic instructions of a plain build. */
export function operations({ graph, outputs }) {
  return graph.live(outputs).filter((number) => graph.nodes[number].input === undefined).length;
}
