/** Photos that arrive together share a run on a GPU, and each gets its own map. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { packagedEntry } from "../../../testing/models/model-folder.js";
import {
  healthy,
  outOfMemory,
  type ScriptedProvider,
  scriptedProvider,
  throwing,
} from "../../../testing/models/scripted-provider.js";
import type { BatchLimits } from "./batcher.js";
import { contractOf } from "./contract.js";
import { LoadedModel } from "./loaded-model.js";

const SIZE = { width: 4, height: 2 };
const planes = (value: number, pixels = 8) => new Float32Array(3 * pixels).fill(value);

async function loaded(provider: ScriptedProvider, batching: BatchLimits, name: string) {
  const entry = packagedEntry(name);
  const file = { ...entry.files[0], location: "", bytes: 1, sha256: "" };
  return new LoadedModel({
    ...{ entry, contract: contractOf(entry), batching, provider: provider.name, timeoutMs: 20_000 },
    file: file as LoadedModel["file"],
    session: await provider.open(new Uint8Array()),
  });
}

const MODEL = "depth-anything-v2-small";
/** The delay is longer than the test, so that only a full batch starts a run. */
const LONG_DELAY: BatchLimits = { maxBatch: 4, maxQueueDelayMs: 1_000_000 };

test("a full batch is one run, and every photo gets its own map", async () => {
  const gpu = scriptedProvider("cuda", healthy);
  const model = await loaded(gpu, LONG_DELAY, MODEL);
  const maps = await Promise.all([1, 2, 3, 4].map((value) => model.infer(planes(value), SIZE)));
  assert.deepEqual(gpu.inputs, [[4, 3, 2, 4]]);
  assert.deepEqual(
    maps.map(({ values, width, height }) => [values[0], values.length, width, height]),
    [1, 2, 3, 4].map((value) => [value, 8, 4, 2]),
  );
  const { photos, runs, running } = model.statistics;
  assert.deepEqual([photos, runs, running], [4, 1, 0]);
});

test("a batch that is not full runs when its first photo has waited long enough", async () => {
  const gpu = scriptedProvider("cuda", healthy);
  const model = await loaded(gpu, { maxBatch: 4, maxQueueDelayMs: 1 }, MODEL);
  await Promise.all([model.infer(planes(1), SIZE), model.infer(planes(2), SIZE)]);
  assert.deepEqual(gpu.inputs, [[2, 3, 2, 4]]);
});

test("photos of different sizes never share a run", async () => {
  const gpu = scriptedProvider("cuda", healthy);
  const model = await loaded(gpu, { maxBatch: 2, maxQueueDelayMs: 1_000_000 }, MODEL);
  const other = { width: 2, height: 2 };
  await Promise.all([
    ...[model.infer(planes(1), SIZE), model.infer(planes(2, 4), other)],
    ...[model.infer(planes(3), SIZE), model.infer(planes(4, 4), other)],
  ]);
  assert.deepEqual(gpu.inputs, [
    [2, 3, 2, 4],
    [2, 3, 2, 2],
  ]);
});

test("the photos of a batch that does not fit into memory run one by one", async () => {
  const gpu = scriptedProvider("cuda", (input) =>
    ((input.dims[0] ?? 0) > 1 ? outOfMemory : healthy)(input),
  );
  const model = await loaded(gpu, LONG_DELAY, MODEL);
  const maps = await Promise.all([1, 2, 3, 4].map((value) => model.infer(planes(value), SIZE)));
  assert.deepEqual(
    maps.map(({ values }) => values[0]),
    [1, 2, 3, 4],
  );
  assert.equal(gpu.inputs.length, 5);
});

test("when a batch throws, each of its photos is rejected", async () => {
  const model = await loaded(scriptedProvider("cuda", throwing), LONG_DELAY, MODEL);
  const outcomes = await Promise.allSettled(
    [1, 2, 3, 4].map((value) => model.infer(planes(value), SIZE)),
  );
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
});

test("a CPU, and a graph that accepts only one photo, never wait for a batch", async () => {
  for (const [provider, name] of [
    ["cpu", MODEL],
    ["cuda", "depthmesh-tiny"],
  ] as const) {
    const scripted = scriptedProvider(provider, healthy);
    const model = await loaded(scripted, LONG_DELAY, name);
    await Promise.all([model.infer(planes(1), SIZE), model.infer(planes(2), SIZE)]);
    assert.deepEqual(scripted.inputs, [
      [1, 3, 2, 4],
      [1, 3, 2, 4],
    ]);
  }
});
