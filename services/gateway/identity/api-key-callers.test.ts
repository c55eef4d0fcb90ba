import assert from "node:assert/strict";
import { test } from "node:test";
import { newApiKey } from "../../../kit/rpc/api-key.js";
import { refusal } from "../../../testing/refusal.js";
import { ApiKeyCallers } from "./api-key-callers.js";
import type { KeyRecord } from "./key-record.js";

interface Mesh {
  readonly callers: ApiKeyCallers;
  /** Keys that the gateway has in memory, and those that only NATS has. */
  readonly known: Map<string, KeyRecord>;
  readonly stored: Map<string, KeyRecord>;
  /** Ids that were looked up, and that were used. */
  readonly lookedUp: string[];
  readonly used: string[];
}

function meshWith(operatorHashes: readonly string[] = []): Mesh {
  const known = new Map<string, KeyRecord>();
  const stored = new Map<string, KeyRecord>();
  const lookedUp: string[] = [];
  const used: string[] = [];
  const callers = new ApiKeyCallers({
    ring: {
      get: (id) => known.get(id),
      take: (id, { record }) => void known.set(id, record),
    },
    store: {
      async read(id) {
        lookedUp.push(id);
        const record = stored.get(id);
        return record && { record, revision: 1 };
      },
    },
    uses: { mark: (id) => void used.push(id) },
    operatorHashes,
  });
  return { callers, known, stored, lookedUp, used };
}

function recordOf(hash: string, changes: Partial<KeyRecord> = {}): KeyRecord {
  return { hash, tenant: "acme", roles: ["user"], note: "", createdAtMs: 1, ...changes };
}

test("a key is its tenant, with its roles; it is found in memory and its use is noted", async () => {
  const { callers, known, lookedUp, used } = meshWith();
  const { id, key, hash } = newApiKey();
  known.set(id, recordOf(hash, { roles: ["user", "operator"] }));
  const { tenant, roles, caller } = await callers.identify(key, true);
  assert.deepEqual([tenant, [...roles], caller], ["acme", ["user", "operator"], `key ${id}`]);
  assert.deepEqual([lookedUp, used], [[], [id]]);
});

test("an unknown key and a wrong secret are told apart by nothing: same words, same work", async () => {
  const { callers, known, lookedUp, used } = meshWith();
  const { id, key, hash } = newApiKey();
  known.set(id, recordOf(hash));
  const wrongSecret = key.slice(0, -8) + (key.endsWith("AAAAAAAA") ? "BBBBBBBB" : "AAAAAAAA");
  const unknown = newApiKey();
  const errors = [];
  for (const shown of [wrongSecret, unknown.key, "dm_nothing", `${key}x`, "dm_"]) {
    errors.push(await refusal(callers.identify(shown, true)));
  }
  const told = errors.map(({ reason, message, metadata }) => ({ reason, message, metadata }));
  assert.deepEqual(new Set(told.map((each) => JSON.stringify(each))).size, 1);
  assert.equal(told[0]?.reason, "CREDENTIALS_INVALID");
  assert.deepEqual(lookedUp, [id, unknown.id]);
  assert.deepEqual(used, []);
});

test("a key that another gateway has just made is looked up once", async () => {
  const { callers, stored, lookedUp } = meshWith();
  const { id, key, hash } = newApiKey();
  stored.set(id, recordOf(hash));
  await callers.identify(key, true);
  await callers.identify(key, true);
  assert.deepEqual(lookedUp, [id]);
});

test("callers that were refused too often cause no look-ups", async () => {
  const { callers, known, lookedUp } = meshWith();
  await refusal(callers.identify(newApiKey().key, false));
  assert.deepEqual(lookedUp, []);
  const good = newApiKey();
  known.set(good.id, recordOf(good.hash));
  await callers.identify(good.key, false);
});

test("strangers cause a limited number of look-ups at once, and none hangs for long", async () => {
  let open = 0;
  const callers = new ApiKeyCallers({
    ring: { get: () => undefined, take: () => {} },
    store: {
      read: () => {
        open += 1;
        return new Promise(() => {});
      },
    },
    uses: { mark: () => {} },
    operatorHashes: [],
  });
  const calls = Array.from({ length: 100 }, () => refusal(callers.identify(newApiKey().key, true)));
  for (const error of await Promise.all(calls)) assert.equal(error.reason, "CREDENTIALS_INVALID");
  assert.equal(open, 16);
});

test("a revoked key is as wrong as an unknown one; an expired one says so", async () => {
  const { callers, known } = meshWith();
  const revoked = newApiKey();
  known.set(revoked.id, recordOf(revoked.hash, { revokedAtMs: 1 }));
  const unknown = await refusal(callers.identify(newApiKey().key, true));
  const refused = await refusal(callers.identify(revoked.key, true));
  assert.deepEqual([refused.reason, refused.message], [unknown.reason, unknown.message]);
  const expired = newApiKey();
  const expiresAtMs = Date.now() - 1;
  known.set(expired.id, recordOf(expired.hash, { expiresAtMs }));
  const late = await refusal(callers.identify(expired.key, true));
  assert.equal(late.reason, "CREDENTIALS_EXPIRED");
  assert.equal(late.metadata.expire_time, new Date(expiresAtMs).toISOString());
  const valid = newApiKey();
  known.set(valid.id, recordOf(valid.hash, { expiresAtMs: Date.now() + 60_000 }));
  await callers.identify(valid.key, true);
});

test("a key whose hash is in the settings is an operator's, before there are any others", async () => {
  const key = newApiKey();
  const { callers } = meshWith([newApiKey().hash, key.hash]);
  const { tenant, roles } = await callers.identify(key.key, true);
  assert.deepEqual([tenant, [...roles].sort()], ["default", ["operator", "user"]]);
  await refusal(callers.identify(newApiKey().key, true));
});

test("a key costs a call far less than 0.3 ms of processor time", async () => {
  const { callers, known } = meshWith(Array.from({ length: 4 }, () => newApiKey().hash));
  const keys = Array.from({ length: 1_000 }, () => newApiKey());
  for (const { id, hash } of keys) known.set(id, recordOf(hash));
  const began = process.cpuUsage();
  for (let round = 0; round < 3; round++) {
    for (const { key } of keys) await callers.identify(key, true);
  }
  const { user, system } = process.cpuUsage(began);
  const msPerCall = (user + system) / 1000 / (3 * keys.length);
  assert.ok(msPerCall < 0.1, `${msPerCall} ms`);
});

test("refusing a wrong secret takes as long as refusing an unknown key", async () => {
  const { callers, known } = meshWith();
  const times = { wrong: [] as number[], unknown: [] as number[] };
  for (let round = 0; round < 600; round++) {
    const { id, key, hash } = newApiKey();
    known.set(id, recordOf(hash));
    const wrong = key.slice(0, -1) + (key.endsWith("A") ? "E" : "A");
    const shown = [["wrong", wrong] as const, ["unknown", newApiKey().key] as const];
    for (const [kind, each] of round % 2 === 0 ? shown : shown.reverse()) {
      const beganAtMs = performance.now();
      await callers.identify(each, true).catch(() => {});
      times[kind].push(performance.now() - beganAtMs);
    }
  }
  const middle = (of: readonly number[]) => [...of].sort((a, b) => a - b)[of.length >> 1] ?? 0;
  const ratio = middle(times.wrong) / middle(times.unknown);
  assert.ok(ratio > 0.5 && ratio < 2, `${ratio}`);
});
