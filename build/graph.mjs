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

  /** Numbers of the nodes that the outputs need, in the order of their making, inputs just before their first use. */
  live(outputs) {
    const needed = new Set(outputs.map(numberOf));
    for (let number = this.nodes.length - 1; number >= 0; number--) {
      if (needed.has(number)) for (const operand of operands(this.nodes[number])) needed.add(numberOf(operand));
    }
    const computed = [...needed].filter((number) => this.nodes[number].input === undefined).sort((a, b) => a - b);
    return [
      ...new Set([...computed.flatMap((number) => [...operands(this.nodes[number]).map(numberOf), number]), ...needed]),
    ];
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
 * Statements that compute the outputs in the graph's order with at most `registers` values at hand. `load(i)` and
 * `store(i, value)` make the text of input and output. What is not at hand waits in the scratch, VECTOR bytes each, the
 * value that is needed last first (Belady 1966): a compiler keeps the order of loads and stores, and so this schedule.
 */
export function statements({ graph, outputs }, load, store, registers) {
  const { nodes } = graph;
  const live = graph.live(outputs);
  const steps = eager(instructions(nodes, live, outputs));
  const uses = new Map(live.map((number) => [number, []]));
  steps.forEach(({ values }, position) => values.forEach((number) => uses.get(number).push(position)));

  const lines = [];
  const names = new Map();
  const homes = new Map(live.filter((n) => nodes[n].input !== undefined).map((n) => [n, load(nodes[n].input)]));
  let slots = 0;
  const nextUse = (number, position) => uses.get(number).find((use) => use >= position) ?? Infinity;
  const hold = (number, text, position) => {
    const name = `t${lines.length}`;
    lines.push(`const ${name} = ${text};`);
    names.set(number, name);
    if (names.size <= registers) return;
    const [evicted] = [...names.keys()].sort((a, b) => nextUse(b, position) - nextUse(a, position));
    if (!homes.has(evicted)) {
      lines.push(`v128.store(scratch, ${names.get(evicted)}, ${16 * slots});`);
      homes.set(evicted, `v128.load(scratch, ${16 * slots})`);
      slots++;
    }
    names.delete(evicted);
  };

  steps.forEach(({ number, values, text }, position) => {
    for (const value of values) if (!names.has(value)) hold(value, homes.get(value), position);
    const computed = text(...values.map((value) => names.get(value)));
    for (const value of values) if (nextUse(value, position + 1) === Infinity) names.delete(value);
    if (uses.get(number).length > 0) hold(number, computed, position + 1);
    outputs.forEach((reference, index) => {
      if (numberOf(reference) !== number) return;
      const name = names.get(number) ?? computed;
      lines.push(`${store(index, reference > 0 ? name : `v128.neg<real>(${name})`)};`);
    });
  });
  return { lines, slots };
}

/** One instruction a node, or a fused one where a single sum uses a product; `text` takes the names of `values`. */
function instructions(nodes, live, outputs) {
  const count = new Map(live.map((number) => [number, 0]));
  const references = [...live.flatMap((number) => operands(nodes[number])), ...outputs];
  for (const reference of references) count.set(numberOf(reference), count.get(numberOf(reference)) + 1);
  const product = (reference) => nodes[numberOf(reference)].factor && count.get(numberOf(reference)) === 1;
  const constant = (factor) => `v128.splat<real>(<real>${factor})`;
  const absorbed = new Set();
  const steps = [];
  for (const number of live.toReversed()) {
    const { a, b, factor } = nodes[number];
    if (a === undefined || absorbed.has(number)) continue;
    const [term, addend] = b > 0 && product(a) && !product(b) ? [a, b] : [b, a];
    if (factor !== undefined) {
      steps.push({ number, values: [numberOf(a)], text: (x) => `v128.mul<real>(${x}, ${constant(factor)})` });
    } else if (product(term)) {
      absorbed.add(numberOf(term));
      const { a: multiplicand, factor: multiplier } = nodes[numberOf(term)];
      const kind = term > 0 ? "madd" : "nmadd";
      const values = [numberOf(multiplicand), numberOf(addend)];
      steps.push({ number, values, text: (x, y) => `${kind}(${x}, ${constant(multiplier)}, ${y})` });
    } else {
      const kind = b > 0 ? "add" : "sub";
      steps.push({ number, values: [numberOf(a), numberOf(b)], text: (x, y) => `v128.${kind}<real>(${x}, ${y})` });
    }
  }
  return steps.reverse();
}

/** The same steps, but one that alone still needs its values, all computed, comes at once: it frees more than it takes. */
function eager(steps) {
  const waiting = new Map();
  for (const step of steps)
    for (const value of step.values) waiting.set(value, (waiting.get(value) ?? new Set()).add(step));
  const computed = new Set();
  const order = new Set();
  const take = (step) => {
    if (order.has(step)) return;
    order.add(step);
    computed.add(step.number);
    for (const value of step.values) waiting.get(value).delete(step);
    for (const value of [...step.values, step.number]) {
      const [next, ...others] = waiting.get(value) ?? [];
      if (next === undefined || others.length > 0) continue;
      if (next.values.every((needed) => computed.has(needed) && waiting.get(needed).size === 1)) take(next);
    }
  };
  steps.forEach(take);
  return [...order];
}
