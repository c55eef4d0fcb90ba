/**
 * The fallback chain under every fault: the engine steps down and reports it, or throws when that
 * is forbidden, and never hangs.
 */
import assert from "node:assert/strict";
import { rm, truncate, writeFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { DepthmeshError } from "../../../core/errors.js";
import { WeightedSemaphore } from "../../../kit/async/semaphore.js";
import { createLog } from "../../../kit/log.js";
import { inSpan } from "../../../kit/telemetry/tracing.js";
import { builtInModelsFolder, ModelRegistry } from "../../../models/registry.js";
import {
  type ModelFolder,
  modelFolder,
  packagedEntry,
} from "../../../testing/models/model-folder.js";
import {
  filled,
  hanging,
  healthy,
  misshapen,
  outOfMemory,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
  throwing,
} from "../../../testing/models/scripted-provider.js";
import { seededRandom } from "../../../testing/random.js";
import { PixelThread } from "../pixels/pixel-thread.js";
import { DepthEngine, type EstimateRequest } from "./engine.js";
import { ModelPool } from "./model-pool.js";
import { onnxProvider } from "./onnx-provider.js";
import type { InferenceProvider } from "./provider.js";

const NO_BATCHES = { maxBatch: 1, maxQueueDelayMs: 0 };
const MODEL = "depth-anything-v2-small";
const log = createLog("silent", { service: "test", worker: "test" });
const pixels = new PixelThread(assert.fail);
const spans = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register();

const random = seededRandom(3);
const photo = {
  ...{ width: 80, height: 60 },
  rgb: Uint8Array.from({ length: 3 * 80 * 60 }, () => Math.floor(256 * random())),
};

let folder: ModelFolder;
let file: string;
let cuda: ScriptedProvider;
let cpu: ScriptedProvider;
before(async () => {
  folder = await modelFolder();
});
beforeEach(() => {
  file = folder.install(MODEL, Buffer.from("no provider reads this"));
  cuda = scriptedProvider("cuda", healthy);
  cpu = scriptedProvider("cpu", healthy);
  spans.reset();
});
after(async () => {
  await pixels.stop();
  await folder.remove();
});

interface EngineOptions {
  readonly providers?: readonly InferenceProvider[];
  readonly memoryBytes?: number;
  readonly timeoutMs?: number;
}

function engineOf({ providers = [cuda, cpu], memoryBytes, timeoutMs = 20_000 }: EngineOptions) {
  const registry = new ModelRegistry({
    builtInFolder: builtInModelsFolder(),
    installedFolder: folder.path,
    allowNonCommercial: false,
  });
  const pool = new ModelPool({ registry, batching: NO_BATCHES, maxLoaded: 3, timeoutMs, log });
  const semaphores =
    memoryBytes === undefined ? [] : providers.map((p) => [p, memoryBytes] as const);
  const memory = new Map(semaphores.map(([p, bytes]) => [p, new WeightedSemaphore(bytes)]));
  return new DepthEngine({ registry, pool, providers, memory, pixels, log });
}

const request = (change: Partial<EstimateRequest> = {}): EstimateRequest => ({
  ...{ ...photo, model: "auto", degradePolicy: "allow" },
  signal: AbortSignal.timeout(30_000),
  ...change,
});

const ON_CUDA = `${MODEL} on cuda`;
const ON_CPU = `${MODEL} on cpu`;
const SMALLER = `${MODEL} on cpu at 0.5 of its size`;
const BUILT_IN = "depthmesh-tiny on cpu";

interface Case {
  readonly what: string;
  readonly cuda: Script;
  readonly cpu: Script;
  readonly labels: readonly string[];
  readonly detail: string;
  /** Of the error when stepping down is forbidden. */
  readonly reason: string;
}

/** Runs out of memory at the full input size, and fits at half of it. */
const tight: Script = (input) => ((input.dims[2] ?? 0) > 300 ? outOfMemory : healthy)(input);

const CASES: readonly Case[] = [
  {
    what: "a GPU that runs out of memory",
    ...{ cuda: outOfMemory, cpu: healthy, labels: [ON_CUDA, ON_CPU] },
    ...{ detail: "out-of-memory", reason: "GPU_OUT_OF_MEMORY" },
  },
  {
    what: "a GPU and a machine with too little memory for the full size",
    ...{ cuda: outOfMemory, cpu: tight, labels: [ON_CUDA, ON_CPU, SMALLER] },
    ...{ detail: "out-of-memory", reason: "GPU_OUT_OF_MEMORY" },
  },
  {
    what: "sessions that throw",
    ...{ cuda: throwing, cpu: throwing, labels: [ON_CUDA, ON_CPU, BUILT_IN, "none"] },
    ...{ detail: "threw", reason: "INFERENCE_FAILED" },
  },
  {
    what: "a GPU that returns NaN",
    ...{ cuda: filled(Number.NaN), cpu: healthy, labels: [ON_CUDA, ON_CPU] },
    ...{ detail: "not-finite", reason: "INFERENCE_FAILED" },
  },
  {
    what: "constant maps everywhere",
    ...{ cuda: filled(0.5), cpu: filled(0.5), labels: [ON_CUDA, ON_CPU, BUILT_IN, "none"] },
    ...{ detail: "constant", reason: "INFERENCE_FAILED" },
  },
  {
    what: "outputs of a wrong shape",
    ...{ cuda: misshapen, cpu: misshapen, labels: [ON_CUDA, ON_CPU, BUILT_IN, "none"] },
    ...{ detail: "wrong-output", reason: "INFERENCE_FAILED" },
  },
];

for (const { what, labels, detail, reason, ...scripts } of CASES) {
  test(`${what}: ${labels.join(" → ")}`, async () => {
    cuda.script = scripts.cuda;
    cpu.script = scripts.cpu;
    const made = await inSpan("infer", {}, () => engineOf({}).estimate(request()));
    const { degradations } = made;
    assert.deepEqual([...degradations.map(({ from }) => from), degradations.at(-1)?.to], labels);
    assert.equal(degradations[0]?.detail, detail);
    assert.equal(degradations[0]?.reason, reason);
    assert.equal(made.disparity.length, made.width * made.height);
    assert.ok(made.disparity.every(Number.isFinite));
    assert.ok(labels.at(-1)?.startsWith(made.model));
    const events = spans.getFinishedSpans()[0]?.events ?? [];
    assert.deepEqual(
      events.map(({ name, attributes }) => [name, attributes]),
      degradations.map((step) => ["degraded", step]),
    );
  });

  test(`${what}, stepping down forbidden: ${reason}`, async () => {
    cuda.script = scripts.cuda;
    cpu.script = scripts.cpu;
    const forbidden = request({ degradePolicy: "forbid" });
    await assert.rejects(engineOf({}).estimate(forbidden), (error: DepthmeshError) => {
      assert.equal(error.reason, reason);
      assert.deepEqual(error.metadata, { model: MODEL, provider: "cuda", fault: detail });
      return true;
    });
  });
}

test("the smaller attempt halves each side of the input", async () => {
  cpu.script = tight;
  const made = await engineOf({ providers: [cpu] }).estimate(request());
  assert.deepEqual([made.width, made.height], [350, 266]);
});

test("runs that never end are given up in time, down to the estimate without a model", async () => {
  cuda.script = hanging;
  cpu.script = hanging;
  const engine = engineOf({ timeoutMs: 30, memoryBytes: 2 ** 31 });
  const made = await engine.estimate(request());
  assert.equal(made.model, "none");
  assert.deepEqual(
    made.degradations.map(({ from }) => from),
    [ON_CUDA, ON_CPU, SMALLER, BUILT_IN],
  );
  assert.ok(made.degradations.every(({ detail }) => detail === "timed-out"));
  // The memory of abandoned runs does not count for later ones.
  cuda.script = healthy;
  assert.deepEqual((await engine.estimate(request())).degradations, []);
});

test("an attempt whose estimated memory exceeds the limit is skipped", async () => {
  // 518×686 at 1500 bytes a pixel are 533 MB, half the sides 140 MB.
  const made = await engineOf({ providers: [cpu], memoryBytes: 200e6 }).estimate(request());
  assert.deepEqual(
    made.degradations.map(({ to, detail }) => [to, detail]),
    [[SMALLER, "out-of-memory"]],
  );
  assert.deepEqual(cpu.inputs, [[1, 3, 266, 350]]);
});

test("a session that has thrown is replaced by a new one", async () => {
  let runs = 0;
  cpu.script = (input) => (runs++ === 0 ? throwing : healthy)(input);
  const engine = engineOf({ providers: [cpu] });
  await assert.rejects(engine.estimate(request({ degradePolicy: "forbid" })));
  assert.deepEqual((await engine.estimate(request())).degradations, []);
  assert.deepEqual([cpu.opened, cpu.released], [2, 1]);
});

test("a cancelled estimate throws the reason of the signal and does not step down", async () => {
  cpu.script = hanging;
  const stop = new AbortController();
  const work = engineOf({ providers: [cpu] }).estimate(request({ signal: stop.signal }));
  const error = new DepthmeshError("JOB_CANCELLED", "enough");
  stop.abort(error);
  await assert.rejects(work, error);
});

const BROKEN: readonly [string, () => Promise<void>][] = [
  ["truncated", () => truncate(file, 10)],
  ["swapped for another of the same size", () => writeFile(file, "not what was vouched for")],
];
for (const [what, breakFile] of BROKEN) {
  test(`a model file that was ${what} makes the engine use the built-in model`, async () => {
    await breakFile();
    const engine = engineOf({ providers: [onnxProvider("cpu", 1)] });
    const made = await engine.estimate(request());
    assert.equal(made.model, "depthmesh-tiny");
    assert.equal(made.modelSha256, packagedEntry(made.model).files[0]?.sha256);
    assert.deepEqual(made.degradations, [
      { from: ON_CPU, to: BUILT_IN, reason: "MODEL_CORRUPT", detail: "corrupt" },
    ]);
    const forbidden = request({ degradePolicy: "forbid" });
    await assert.rejects(engine.estimate(forbidden), { reason: "MODEL_CORRUPT" });
  });
}

test("a file with the right hash that is no graph makes the engine use the built-in model", async () => {
  const made = await engineOf({ providers: [onnxProvider("cpu", 1)] }).estimate(request());
  assert.equal(made.model, "depthmesh-tiny");
  assert.equal(made.degradations[0]?.detail, "threw");
});

test("without any model there is still a map, or an error when stepping down is forbidden", async () => {
  const bare = await modelFolder();
  await rm(bare.install(MODEL, Buffer.from("gone")));
  const registry = new ModelRegistry({
    ...{ builtInFolder: bare.path, installedFolder: bare.path, allowNonCommercial: false },
  });
  const pool = new ModelPool({
    registry,
    batching: NO_BATCHES,
    maxLoaded: 3,
    timeoutMs: 20_000,
    log,
  });
  const engine = new DepthEngine({
    ...{ registry, pool, pixels, log, providers: [cpu], memory: new Map() },
  });
  assert.equal((await engine.estimate(request())).model, "none");
  assert.equal(await engine.fingerprint("auto"), "");
  const forbidden = request({ degradePolicy: "forbid" });
  await assert.rejects(engine.estimate(forbidden), { reason: "MODEL_NOT_INSTALLED" });
  await assert.rejects(engine.estimate(request({ model: MODEL })), {
    reason: "MODEL_NOT_INSTALLED",
  });
  await bare.remove();
});

test("an unknown, forbidden or missing model is an error under every policy", async () => {
  const engine = engineOf({});
  const refused = (model: string, reason: string) =>
    assert.rejects(engine.estimate(request({ model })), { reason });
  await refused("depth-anything-v9", "MODEL_UNKNOWN");
  await refused("depth-anything-v2-large", "MODEL_LICENCE_FORBIDDEN");
  await refused("midas-v2.1-small", "MODEL_NOT_INSTALLED");
});
