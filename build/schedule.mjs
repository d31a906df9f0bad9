// The text of a linear function (graph.mjs) in AssemblyScript: which operations, in which order, and what waits in
// memory.

import { numberOf, operands } from "./graph.mjs";

/**
 * Statements that compute the outputs, nodes in the given order, with at most `registers` values at hand. `load(i)`,
 * `store(i, value)` and `rectify.text(value, i, ...constants)` make the text of input, output and rectified sample.
 * What is not at hand waits in the scratch, VECTOR bytes each, the value that is needed last first (Belady 1966): a
 * compiler keeps the order of loads and stores, and so this schedule. V8 itself would move all loads to the front and
 * spill to a stack that is not aligned. It would also make a constant afresh, of three instructions, wherever it
 * stands: constants wait in the scratch too, where `constants` puts them. `cost`: of the loads and stores; most
 * machines load two vectors in the time of one store.
 */
export function statements({ graph, outputs }, nodeOrder, { load, store, rectify }, registers) {
  const { nodes } = graph;
  const steps = eager(instructions(nodes, nodeOrder, outputs, rectify));
  const uses = new Map(nodeOrder.map((number) => [number, []]));
  const homes = new Map(nodeOrder.filter((n) => nodes[n].input !== undefined).map((n) => [n, load(nodes[n].input)]));
  const constants = [];
  let slots = 0;
  const keep = (value, name) => {
    homes.set(value, `v128.load(scratch, ${16 * slots})`);
    return `v128.store(scratch, ${name}, ${16 * slots++});`;
  };
  for (const [position, { values }] of steps.entries()) {
    for (const value of values) {
      if (!uses.has(value)) {
        uses.set(value, []);
        constants.push(keep(value, value.constant));
      }
      uses.get(value).push(position);
    }
  }

  const lines = [];
  const names = new Map();
  const nextUse = (value, position) => uses.get(value).find((use) => use >= position) ?? Infinity;
  const hold = (value, text, position) => {
    const name = `t${lines.length}`;
    lines.push(`const ${name} = ${text};`);
    names.set(value, name);
    if (names.size <= registers) return;
    const [evicted] = [...names.keys()].sort((a, b) => nextUse(b, position) - nextUse(a, position));
    if (!homes.has(evicted)) lines.push(keep(evicted, names.get(evicted)));
    names.delete(evicted);
  };

  const put = (number, name) => {
    outputs.forEach((reference, index) => {
      if (numberOf(reference) !== number) return;
      lines.push(`${store(index, reference > 0 ? name : `v128.neg<real>(${name})`)};`);
    });
  };
  outputs.forEach((reference, index) => {
    if (reference === 0) lines.push(`${store(index, "zero()")};`);
  });
  for (const number of nodeOrder) if (nodes[number].input !== undefined) put(number, homes.get(number));
  steps.forEach(({ number, values, text }, position) => {
    for (const value of values) if (!names.has(value)) hold(value, homes.get(value), position);
    const computed = text(...values.map((value) => names.get(value)));
    for (const value of values) if (nextUse(value, position + 1) === Infinity) names.delete(value);
    if (uses.get(number).length > 0) hold(number, computed, position + 1);
    put(number, names.get(number) ?? computed);
  });
  const count = (kind) => lines.filter((line) => line.includes(kind)).length;
  return { constants, lines, slots, cost: count("v128.load") + 2 * count("v128.store") };
}

/** One instruction a node, or a fused one where a single sum uses a product; `text` takes the names of `values`. */
function instructions(nodes, nodeOrder, outputs, rectify) {
  const count = new Map(nodeOrder.map((number) => [number, 0]));
  const references = [...nodeOrder.flatMap((number) => operands(nodes[number])), ...outputs.filter((r) => r !== 0)];
  for (const reference of references) count.set(numberOf(reference), count.get(numberOf(reference)) + 1);
  const product = (reference) => nodes[numberOf(reference)].factor && count.get(numberOf(reference)) === 1;
  const known = new Map();
  const constant = (text) => known.get(text) ?? known.set(text, { constant: text }).get(text);
  const splat = (factor) => constant(`v128.splat<real>(<real>${factor})`);
  const absorbed = new Set();
  const steps = [];
  for (const number of nodeOrder.toReversed()) {
    const { a, b, factor, sample } = nodes[number];
    if (a === undefined || absorbed.has(number)) continue;
    if (sample !== undefined) {
      const text = (x, ...constants) => rectify.text(a > 0 ? x : `v128.neg<real>(${x})`, sample, ...constants);
      steps.push({ number, values: [numberOf(a), ...rectify.constants.map(constant)], text });
      continue;
    }
    const [term, addend] = b > 0 && product(a) && !product(b) ? [a, b] : [b, a];
    if (factor !== undefined) {
      steps.push({ number, values: [numberOf(a), splat(factor)], text: (x, c) => `v128.mul<real>(${x}, ${c})` });
    } else if (product(term)) {
      absorbed.add(numberOf(term));
      const { a: multiplicand, factor: multiplier } = nodes[numberOf(term)];
      const kind = term > 0 ? "madd" : "nmadd";
      const values = [numberOf(multiplicand), splat(multiplier), numberOf(addend)];
      steps.push({ number, values, text: (x, c, y) => `${kind}(${x}, ${c}, ${y})` });
    } else {
      const kind = b > 0 ? "add" : "sub";
      steps.push({ number, values: [numberOf(a), numberOf(b)], text: (x, y) => `v128.${kind}<real>(${x}, ${y})` });
    }
  }
  return steps.reverse();
}

/** The same steps, but one that alone still needs its values, all computed, comes at once: it frees registers. */
function eager(steps) {
  const waiting = new Map();
  for (const step of steps)
    for (const value of step.values) waiting.set(value, (waiting.get(value) ?? new Set()).add(step));
  const isConstant = (value) => value.constant !== undefined;
  const computed = new Set();
  const order = new Set();
  const take = (step) => {
    if (order.has(step)) return;
    order.add(step);
    computed.add(step.number);
    for (const value of step.values) waiting.get(value).delete(step);
    for (const value of [...step.values, step.number]) {
      const [next, ...others] = waiting.get(value) ?? [];
      if (next === undefined || others.length > 0 || isConstant(value)) continue;
      const last = (needed) => computed.has(needed) && waiting.get(needed).size === 1;
      if (next.values.every((needed) => isConstant(needed) || last(needed))) take(next);
    }
  };
  steps.forEach(take);
  return [...order];
}
