// The text of a linear function (graph.mjs) in AssemblyScript: which operations, in which order, and what waits in memory.

import { numberOf, operands } from "./graph.mjs";

/**
 * Statements that compute the outputs in the graph's order with at most `registers` values at hand. `load(i)` and
 * `store(i, value)` make the text of input and output. What is not at hand waits in the scratch, VECTOR bytes each, the
 * value that is needed last first (Belady 1966): a compiler keeps the order of loads and stores, and so this schedule.
 * V8 itself would move all loads to the front and spill to a stack that is not aligned, at twice the time.
 */
export function statements({ graph, outputs }, load, store, registers) {
  const { nodes } = graph;
  const live = graph.live(outputs);
  const steps = eager(instructions(nodes, live, outputs));
  const uses = new Map(live.map((number) => [number, []]));
  for (const [position, { values }] of steps.entries()) for (const number of values) uses.get(number).push(position);

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
