// What every runtime does with the installed package: `mnist-original` on two signals, then one step of training, then all
// that it must refuse by name. Plain JavaScript that runs anywhere; it gives what can be written as JSON. All inputs come from
// operations that IEEE 754 rounds exactly, so what differs between runtimes would be the library's doing.

/** A host of 128 MB should give the engine no more. */
const MEMORY_LIMIT = 32 * 2 ** 20;

/** SHA-256 of numbers as they lie in memory, one array after the other. */
async function digest(arrays) {
  const bytes = new Uint8Array(await new Blob(arrays).arrayBuffer());
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Logits before, the gradients of, and the weights after one step on two signals. */
async function numbers(cnn, options) {
  const engine = await cnn.createEngine({ memoryLimit: MEMORY_LIMIT, ...options });
  const rng = new cnn.Random(5);
  const images = Uint8Array.from({ length: 2 * 60 * 60 }, () => rng.integer(256));
  const network = cnn.buildNetwork("mnist-original", engine, { seed: 3 });
  const predicted = await cnn.predict(network, images, [2, 1, 60, 60]);
  const optimizer = new cnn.Adam(network.parameters(), { learningRate: 5e-3 });
  const { loss, gradients } = engine.scope(() => {
    network.train();
    const loss = cnn.crossEntropy(network.forward(engine.signal(images, [2, 1, 60, 60])), [3, 8]);
    loss.backward();
    const gradients = network.parameters().map(({ grad }) => grad.toArray());
    optimizer.step();
    return { loss: loss.item(), gradients };
  });
  const weights = network.parameters().map((parameter) => parameter.toArray());
  const result = {
    build: engine.build,
    logits: await digest([predicted]),
    loss,
    gradients: await digest(gradients),
    weights: await digest(weights),
    megabytes: engine.memoryStatistics.reserved / 2 ** 20,
  };
  engine.dispose();
  return result;
}

/** A module that holds nothing but a custom section: 0, size, length of the name, name, content. */
function moduleThatSays(content) {
  const body = [13, ...new TextEncoder().encode(`spherical-cnn${content}`)];
  return Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 0, body.length, ...body);
}

/** Bytes of modules that `init` must refuse; a host that takes no bytes is given modules instead. */
export const FOREIGN = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
export const OTHER_VERSION = moduleThatSays("0.0.9 f32-plain");

/** By what is wrong, the error's name and message, or "nothing" if there was none. */
async function refusals(cnn, special, { foreign, otherVersion }) {
  const engine = await cnn.createEngine({ memoryLimit: 2 ** 20, build: "plain" });
  const large = await cnn.createEngine({ build: "plain" });
  const model = cnn.saveCheckpoint(
    new cnn.Linear(large, { featuresIn: 1000, featuresOut: 1000, rng: new cnn.Random(1) }),
  );
  const attempts = {
    "a wasm file that is not ours": () => cnn.init(foreign),
    "a wasm file of another version": () => cnn.init(otherVersion),
    "a source that is none": () => cnn.init(17),
    "a model larger than the memory": () => cnn.loadCheckpoint(engine, model),
    "a model that is no file of weights": () => cnn.loadCheckpoint(engine, FOREIGN),
    "a memory limit of nothing": () => cnn.createEngine({ memoryLimit: 0 }),
    "bandwidth 0": () => cnn.quadratureWeights(engine, 0),
    "a negative degree": () => cnn.wignerSmallD(engine, -1, 0.5),
    "an order beyond the degree": () => cnn.wignerSmallDEntry(engine, 2, 3, 0, 0.5),
    "a NaN angle": () => cnn.wignerSmallD(engine, 2, Number.NaN),
    "a NaN in a signal": () => engine.signal([Number.NaN, 0, 0, 0], [1, 1, 2, 2]),
    "an engine that was released": () => {
      large.dispose();
      large.tensor([1]);
    },
    "special: a negative degree": () => special.wignerSmallD(-1, 0.5),
    "special: an order beyond the degree": () => special.legendre(2, 3, 0.5),
    "special: bandwidth 0": () => special.quadratureWeights(0),
    "special: a NaN angle": () => special.wignerSmallD(2, Number.NaN),
  };
  const outcome = {};
  for (const [what, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      outcome[what] = "nothing";
    } catch (error) {
      outcome[what] = `${error instanceof cnn.SphericalCnnError ? "" : "not ours: "}${error.name}: ${error.message}`;
    }
  }
  return outcome;
}

/** Numbers without tensors. */
async function specialNumbers(special) {
  await special.init();
  const { re, im } = special.sphericalHarmonics(8, 0.7, 2.5);
  const { wignerSmallD, clebschGordan, quadratureWeights } = special;
  return digest([re, im, wignerSmallD(16, 1.1), clebschGordan(3, 4, 5), quadratureWeights(20)]);
}

/**
 * @param cnn the module `spherical-cnn`
 * @param special the module `spherical-cnn/special`
 * @param modules what to refuse, where bytes will not do
 */
export async function report(cnn, special, modules = { foreign: FOREIGN, otherVersion: OTHER_VERSION }) {
  await cnn.init();
  return {
    f32: await numbers(cnn, { dtype: "f32", build: "plain" }),
    f64: await numbers(cnn, { dtype: "f64", build: "plain" }),
    // Not the same bits everywhere, and not a build that every runtime has: it need only work.
    auto: await numbers(cnn, {}),
    special: await specialNumbers(special),
    refusals: await refusals(cnn, special, modules),
  };
}

/** What an engine gives with threads, how many warnings it took, and how many threads there were in all. */
export async function reportWithThreads(cnn, { threads }) {
  const warnings = [];
  const { warn } = console;
  console.warn = (...words) => warnings.push(words.join(" "));
  try {
    const counted = [threads(2), threads(2)];
    const result = await numbers(cnn, { dtype: "f32", build: "plain", threads: counted[0] });
    return { f32: result, threads: counted.map((each) => (each === null ? 1 : 2)), warnings };
  } finally {
    console.warn = warn;
  }
}

/** The error of making an engine, by name and message. */
export async function refusalOf(cnn) {
  try {
    await cnn.createEngine();
    return "nothing";
  } catch (error) {
    return `${error instanceof cnn.SphericalCnnError ? "" : "not ours: "}${error.name}: ${error.message}`;
  }
}
