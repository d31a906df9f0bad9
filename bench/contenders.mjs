// Who takes part: ours in this process, native programs, other runtimes and PyTorch in theirs.

import { nativeContenders } from "./native/build.mjs";
import { natives } from "./native.mjs";
import { ours, references, variants } from "./ours.mjs";
import { Peer } from "./peers.mjs";
import { runtimeOf } from "./runtimes.mjs";

/**
 * Programs beside this one as far as they can be had, and a line about each that cannot: `{native, runtimes, torch}`, lists of
 * `{peer, …}`.
 * @param library address of the bundle; @param chosen as of `settings`
 */
export async function peersOf(library, chosen) {
  const { contenders: native, missing } = chosen["no-native"] ? { contenders: [], missing: [] } : nativeContenders();
  for (const reason of missing) console.log(`bench: ${reason}`);
  const peers = { native, runtimes: [], torch: [] };
  const attempt = async (what, list, make, greeting) => {
    try {
      const made = make();
      await made.peer.greet(greeting);
      list.push(made);
    } catch (error) {
      console.log(`bench: no contender ${what}: ${error.message}`);
    }
  };
  for (const name of chosen.runtime) {
    await attempt(`ours-${name}`, peers.runtimes, () => runtimeOf(name, library), "prepare nothing f32 plain ours 1");
  }
  if (chosen.torch) {
    const script = new URL("torch/serve.py", import.meta.url).pathname;
    const make = () => ({ peer: new Peer("torch", chosen.torch, [script]) });
    await attempt("torch", peers.torch, make, "prepare nothing/at/all f32");
  }
  return peers;
}

/** Takes those out whose program has ended, and gives their names. */
export function removeEnded(peers) {
  const names = [];
  for (const [kind, list] of Object.entries(peers)) {
    names.push(...list.filter(({ peer }) => !peer.isAlive).map(({ peer }) => peer.name));
    peers[kind] = list.filter(({ peer }) => peer.isAlive);
  }
  return names;
}

/** Ours in this runtime and in others, one dtype: the first variant in all builds, the others in f32 and the fastest. */
async function prepareOurs(library, row, dtype, runtimes, contenders) {
  const builds = library.hasRelaxedSimd() ? ["relaxed", "plain"] : ["plain"];
  const [first, ...others] = variants(row);
  for (const build of builds) contenders.push(await ours(library, row, { ...first, dtype, build }));
  for (const variant of dtype === "f32" ? others : []) {
    contenders.push(await ours(library, row, { ...variant, dtype, build: builds[0] }));
  }
  for (const { name, builds: theirs, peer } of runtimes) {
    const take = async ({ contender, threads }, build) => {
      const labels = { contender: `${contender}-${name}`, threads, dtype, build };
      const found = await peer.contender(`${row.name} ${dtype} ${build} ${contender} ${threads}`, labels);
      if (found) contenders.push(found);
    };
    for (const build of theirs) await take(first, build);
    for (const variant of dtype === "f32" ? others : []) await take(variant, theirs[0]);
  }
}

/**
 * Prepares all contenders of a row into `contenders`, so that those before one that fails can be closed; the first is what
 * ratios refer to. @param peers as of `peersOf`
 */
export async function prepare(library, row, { native, runtimes, torch }, contenders) {
  for (const dtype of row.dtypes) {
    await prepareOurs(library, row, dtype, runtimes, contenders);
    for (const { peer } of torch) {
      const found = await peer.contender(`${row.name} ${dtype}`, { contender: "torch", dtype, build: "" });
      if (found) contenders.push(found);
    }
    contenders.push(...(await natives(library, native, row, dtype)));
  }
  contenders.push(...(await references(library, row)));
}
