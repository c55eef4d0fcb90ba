/** Models are loaded once, evicted when the pool is full, and freed when nobody uses them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "../../../kit/log.js";
import { builtInModelsFolder, ModelRegistry } from "../../../models/registry.js";
import { type ModelFolder, modelFolder } from "../../../testing/models/model-folder.js";
import { healthy, scriptedProvider } from "../../../testing/models/scripted-provider.js";
import { ModelPool } from "./model-pool.js";

const NAMES = ["depth-anything-v2-small", "depth-anything-v3-small", "depth-anything-v3-base"];
const log = createLog("silent", { service: "test", worker: "test" });
let folder: ModelFolder;
before(async () => {
  folder = await modelFolder();
  for (const name of NAMES) folder.install(name, Buffer.from(name));
});
after(() => folder.remove());

function setUp() {
  const registry = new ModelRegistry({
    builtInFolder: builtInModelsFolder(),
    installedFolder: folder.path,
    allowNonCommercial: false,
  });
  const provider = scriptedProvider("cpu", healthy);
  const batching = { maxBatch: 1, maxQueueDelayMs: 0 };
  const pool = new ModelPool({ registry, batching, maxLoaded: 2, timeoutMs: 20_000, log });
  const acquire = (name = "") => pool.acquire(registry.find(name), provider);
  const names = () => pool.loaded.map(({ entry }) => entry.name);
  return { pool, provider, acquire, names };
}

test("two simultaneous requests for a model share one session", async () => {
  const { provider, acquire } = setUp();
  const [first, second] = await Promise.all([acquire(NAMES[0]), acquire(NAMES[0])]);
  assert.equal(first, second);
  assert.equal(provider.opened, 1);
});

test("the least recently used model makes room for a new one", async () => {
  const { provider, acquire, names } = setUp();
  await acquire(NAMES[0]);
  await acquire(NAMES[1]);
  await acquire(NAMES[0]);
  await acquire(NAMES[2]);
  assert.deepEqual(names().sort(), [NAMES[0], NAMES[2]].sort());
  assert.equal(provider.released, 1);
});

test("an unloaded session is freed when its user is done, and cannot be held again", async () => {
  const { pool, provider, acquire, names } = setUp();
  const model = await acquire(NAMES[0]);
  const drop = model.hold();
  assert.equal(pool.unload(NAMES[0] ?? ""), 1);
  assert.deepEqual(names(), []);
  assert.equal(provider.released, 0);
  await drop?.();
  assert.equal(provider.released, 1);
  assert.equal(model.hold(), undefined);
  await acquire(NAMES[0]);
  assert.equal(provider.opened, 2);
});

test("a model that is unloaded while it loads is freed afterwards", async () => {
  const { pool, provider, acquire, names } = setUp();
  const loading = acquire(NAMES[0]);
  pool.unload(NAMES[0] ?? "");
  await loading;
  assert.deepEqual(names(), []);
  assert.equal(provider.released, 1);
});

test("a model whose load has failed is loaded again at the next request", async () => {
  const { provider, acquire } = setUp();
  const { open } = provider;
  provider.open = async () => {
    throw new Error("no such device");
  };
  await assert.rejects(acquire(NAMES[0]), /no such device/);
  provider.open = open;
  await acquire(NAMES[0]);
});
