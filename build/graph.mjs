// Linear functions as graphs of sums and multiples, their transposes, and their text in AssemblyScript.

/**
 * A reference is ±(number + 1) of a node, 0 is zero. Nodes are { input }, { a, b } for a + b and { a, factor }, made only
 * once up to sign. `boundary` maps the nodes that end an inner transform to the length of that transform.
 */
export class Graph {
  nodes = [];
  boundary = new Map();
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

  /** Numbers of the nodes that the outputs need, each after those it needs. */
  live(outputs) {
    const live = new Set(outputs.filter((reference) => reference !== 0).map(numberOf));
    for (let number = this.nodes.length - 1; number >= 0; number--) {
      if (!live.has(number)) continue;
      for (const operand of operands(this.nodes[number])) live.add(numberOf(operand));
    }
    return [...live].sort((a, b) => a - b);
  }

  #reference(key, node) {
    if (!this.#known.has(key)) this.#known.set(key, this.nodes.push(node));
    return this.#known.get(key);
  }
}

const numberOf = (reference) => Math.abs(reference) - 1;
const operands = ({ a, b }) => [a, b].filter((operand) => operand !== undefined);

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
    if (graph.boundary.has(number)) transposed.boundary.set(numberOf(value), graph.boundary.get(number));
    if (node.input !== undefined) results[node.input] = value;
    else if (node.factor !== undefined) give(node.a, transposed.scale(value, node.factor));
    else for (const operand of operands(node)) give(operand, value);
  }
  return { graph: transposed, outputs: results, inputs: outputs.length };
}

/** Arithmetic instructions of a plain build. */
export function operations({ graph, outputs }) {
  return graph.live(outputs).filter((number) => graph.nodes[number].input === undefined).length;
}

/**
 * Statements that compute the outputs, in the graph's order. `load(i)` and `store(i, value)` make the text of input and
 * output; results of inner transforms of at least `buffered` pass through the scratch, VECTOR bytes each.
 */
export function statements({ graph, outputs }, load, store, buffered = Infinity) {
  const live = graph.live(outputs);
  const uses = new Map(live.map((number) => [number, 0]));
  const use = (reference) => uses.set(numberOf(reference), uses.get(numberOf(reference)) + 1);
  for (const number of live) operands(graph.nodes[number]).forEach(use);
  outputs.forEach(use);

  // A product that one sum alone uses becomes part of it.
  const product = (reference) => graph.nodes[numberOf(reference)].factor && uses.get(numberOf(reference)) === 1;
  const fused = new Map();
  for (const number of live) {
    const { a, b } = graph.nodes[number];
    if (b === undefined) continue;
    if (product(b)) fused.set(number, { term: b, addend: a });
    else if (b > 0 && product(a)) fused.set(number, { term: a, addend: b });
  }
  const absorbed = new Set([...fused.values()].map(({ term }) => numberOf(term)));

  const lines = [];
  const names = new Map();
  let slots = 0;
  const define = (number, name, text) => {
    lines.push(`const ${name}${number} = ${text};`);
    names.set(number, () => `${name}${number}`);
  };
  /** The name of a value; inputs and values in the scratch are loaded at their first use. */
  const value = (reference) => {
    const number = numberOf(reference);
    const { input } = graph.nodes[number];
    if (!names.has(number)) define(number, "x", load(input));
    return names.get(number)();
  };
  const constant = (factor) => `v128.splat<real>(<real>${factor})`;
  const expression = (number) => {
    const { a, b, factor } = graph.nodes[number];
    if (factor !== undefined) return `v128.mul<real>(${value(a)}, ${constant(factor)})`;
    if (fused.has(number)) {
      const { term, addend } = fused.get(number);
      const { a: multiplicand, factor: multiplier } = graph.nodes[numberOf(term)];
      const kind = term > 0 ? "madd" : "nmadd";
      return `${kind}(${value(multiplicand)}, ${constant(multiplier)}, ${value(addend)})`;
    }
    return `v128.${b > 0 ? "add" : "sub"}<real>(${value(a)}, ${value(b)})`;
  };
  const storeOutputs = (number) => {
    outputs.forEach((reference, index) => {
      if (numberOf(reference) !== number) return;
      lines.push(`${store(index, reference > 0 ? value(reference) : `v128.neg<real>(${value(reference)})`)};`);
    });
  };

  for (const number of live) {
    if (graph.nodes[number].input === undefined && !absorbed.has(number)) {
      define(number, "t", expression(number));
      if (graph.boundary.get(number) >= buffered) {
        const slot = slots++;
        lines.push(`v128.store(scratch, t${number}, ${16 * slot});`);
        names.set(number, () => {
          define(number, "r", `v128.load(scratch, ${16 * slot})`);
          return `r${number}`;
        });
      }
    }
    storeOutputs(number);
  }
  return { lines, slots };
}
