/** API keys of two gateways on one real nats-server, which is killed and started again. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { type Identity, TRUSTED } from "../kit/rpc/identity.js";
import { NatsServer } from "../launcher/nats-server.js";
import { KEYS_BUCKET } from "../pipeline/topology/names.js";
import type { ListApiKeysRequest } from "../proto/gen/depthmesh/v1/admin_service.js";
import { Role } from "../proto/gen/depthmesh/v1/tenant.js";
import { createApiKey, listApiKeys, revokeApiKey } from "../services/gateway/api/api-keys.js";
import { PageTokens } from "../services/gateway/api/page-tokens.js";
import { ApiKeyCallers } from "../services/gateway/identity/api-key-callers.js";
import { type Keys, openKeys } from "../services/gateway/identity/keys.js";
import { eventually, succeeds } from "../testing/eventually.js";
import { refusal } from "../testing/refusal.js";

interface Gateway {
  readonly bus: Bus;
  readonly keys: Keys;
  identify(key: string): Promise<Identity>;
}

const lines: string[] = [];
let folder: string;
let server: NatsServer;
let one: Gateway;
let two: Gateway;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-keys-"));
  server = await NatsServer.start({ folder });
  one = await gateway();
  two = await gateway();
});
after(async () => {
  for (const each of [one, two]) {
    await each?.keys.close();
    await each?.bus.close();
  }
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function gateway(): Promise<Gateway> {
  const to = { write: (line: string) => void lines.push(line) };
  const log = createLog("trace", { service: "gateway", worker: "test" }, { to });
  const bus = await connectBus(server.urlFor("gateway"), "test", log);
  const bucket = await bus.jetstream.views.kv(KEYS_BUCKET, { history: 1 });
  const keys = await openKeys(bus, { keys: bucket }, log);
  const callers = new ApiKeyCallers({ ...keys, operatorHashes: [] });
  return { bus, keys, identify: (key) => callers.identify(key, true) };
}

async function made(tenant = "acme", { keys }: Gateway = one) {
  const request = { tenant, roles: [Role.ROLE_USER], note: "", expireTime: undefined };
  const { apiKey, key } = await createApiKey(keys, request, TRUSTED);
  assert.ok(apiKey);
  return { name: apiKey.name, key, apiKey };
}

const pageTokens = new PageTokens(new Uint8Array(32));
const listKeys = (request: ListApiKeysRequest) =>
  listApiKeys({ keys: one.keys, pageTokens }, request, TRUSTED);

const isRefused = async ({ identify }: Gateway, key: string) => !(await succeeds(identify(key)));

test("a key is accepted at once, by the gateway that made it and by the other one", async () => {
  const { key } = await made();
  for (const each of [one, two]) assert.equal((await each.identify(key)).tenant, "acme");
});

test("a revoked key is refused at once where it was revoked, and soon everywhere", async () => {
  const { name, key } = await made();
  await two.identify(key);
  const { revokeTime } = await revokeApiKey(one.keys, { name }, TRUSTED);
  assert.ok(revokeTime);
  assert.ok(await isRefused(one, key));
  await eventually("the other gateway refuses it", () => isRefused(two, key), 10_000);
  const again = await revokeApiKey(two.keys, { name }, TRUSTED);
  assert.deepEqual(again.revokeTime, revokeTime, "the first revocation stays");
});

test("a last use that is written at the same moment does not undo a revocation", async () => {
  const { name, key } = await made();
  for (let count = 0; count < 20; count++) {
    await one.identify(key).catch(() => {});
    await two.identify(key).catch(() => {});
    const writes = [one.keys.uses.write(), two.keys.uses.write()];
    if (count === 10) writes.push(revokeApiKey(two.keys, { name }, TRUSTED).then(() => {}));
    await Promise.all(writes);
  }
  assert.ok(await isRefused(two, key));
  await eventually("both refuse it", () => isRefused(one, key));
  const { apiKeys } = await listKeys({ tenant: "", pageSize: 0, pageToken: "" });
  const listed = apiKeys.find((each) => each.name === name);
  assert.ok(listed?.revokeTime && listed.lastUseTime);
});

test("known keys work while NATS is away; afterwards every gateway knows what is true", async () => {
  const kept = await made();
  const purged = await made();
  await two.identify(purged.key);
  const { pid } = server;
  assert.ok(pid);
  const returned = [one, two].map(
    ({ bus }) => new Promise<void>((resolve) => bus.connectionState.onReturn(resolve)),
  );
  process.kill(pid, "SIGKILL");
  await eventually(
    "NATS is away",
    () => !one.bus.connectionState.isUp && !two.bus.connectionState.isUp,
  );
  await one.identify(kept.key);
  await two.identify(kept.key);
  assert.equal((await refusal(made())).reason, "BUS_UNAVAILABLE");
  await Promise.all(returned);
  const bucket = await one.bus.jetstream.views.kv(KEYS_BUCKET);
  await bucket.purge(purged.name.slice("apiKeys/".length));
  await eventually(
    "the purged key is refused",
    async () => (await isRefused(one, purged.key)) && (await isRefused(two, purged.key)),
  );
  await two.identify(kept.key);
  const later = await made("later");
  assert.equal((await two.identify(later.key)).tenant, "later");
});

test("an entry that nobody can read lets nobody in", async () => {
  const { name, key } = await made();
  const bucket = await one.bus.jetstream.views.kv(KEYS_BUCKET);
  for (const value of ["{}", "no JSON", ""]) {
    await bucket.put(name.slice("apiKeys/".length), value);
    await eventually("it is refused", () => isRefused(two, key));
  }
});

test("keys are listed newest first, page by page, those of one tenant alone", async () => {
  const names: string[] = [];
  for (let count = 0; count < 5; count++) names.push((await made("pages")).name);
  const found: string[] = [];
  let pageToken = "";
  do {
    const page = await listKeys({ tenant: "pages", pageSize: 2, pageToken });
    found.push(...page.apiKeys.map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.deepEqual([...found].sort(), [...names].sort());
  assert.deepEqual([...found].sort().reverse(), found);
});

test("what no key can be is refused with its field", async () => {
  const good = { tenant: "acme", roles: [Role.ROLE_USER], note: "n", expireTime: undefined };
  const wrong: [field: string, changes: object][] = [
    ["tenant", { tenant: "" }],
    ["tenant", { tenant: "A/../b" }],
    ["tenant", { tenant: "a\n" }],
    ["roles", { roles: [] }],
    ["roles", { roles: [Role.ROLE_UNSPECIFIED] }],
    ["roles", { roles: [99] }],
    ["note", { note: "n".repeat(129) }],
    ["note", { note: "two\nlines" }],
    ["note", { note: "\u001b[2J" }],
    ["expire_time", { expireTime: new Date(0) }],
    ["expire_time", { expireTime: new Date(Number.NaN) }],
  ];
  for (const [field, changes] of wrong) {
    const error = await refusal(createApiKey(one.keys, { ...good, ...changes }, TRUSTED));
    assert.equal(error.metadata.field, field, error.message);
  }
  for (const name of [
    "",
    "apiKeys/",
    "apiKeys/x",
    "apiKeys/../x",
    "jobs/x",
    "apiKeys/0000000aaaaaaaaa",
  ]) {
    const error = await refusal(revokeApiKey(one.keys, { name }, TRUSTED));
    assert.equal(error.reason, "API_KEY_NOT_FOUND", name);
  }
});

test("neither a key nor its hash is in the log, and no answer but the first has the key", async () => {
  const { key, apiKey } = await made();
  const { apiKeys } = await listKeys({ tenant: "", pageSize: 1000, pageToken: "" });
  const answers = [apiKey, ...apiKeys].map((each) => JSON.stringify(each));
  const secret = key.slice(-43);
  for (const text of [...answers, ...lines]) assert.ok(!text.includes(secret));
  for (const { record } of one.keys.ring.all.values()) {
    for (const text of [...answers, ...lines]) assert.ok(!text.includes(record.hash));
  }
  assert.ok(lines.some((line) => line.includes("API key made")));
});

test("keys of a bucket that was lost are forgotten when NATS returns", async () => {
  const { key } = await made();
  await two.identify(key);
  const bucket = await one.bus.jetstream.views.kv(KEYS_BUCKET);
  await bucket.destroy();
  await one.bus.jetstream.views.kv(KEYS_BUCKET, { history: 1 });
  const { pid } = server;
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  for (const each of [one, two]) {
    await eventually("the key is refused", () => isRefused(each, key));
  }
  const later = await eventually("NATS is back", () => made("later").catch(() => undefined));
  for (const each of [one, two]) assert.equal((await each.identify(later.key)).tenant, "later");
});
