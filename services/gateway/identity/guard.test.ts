import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerCertificate } from "node:tls";
import { Metadata } from "@grpc/grpc-js";
import { createLog } from "../../../kit/log.js";
import { newApiKey } from "../../../kit/rpc/api-key.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { refusal } from "../../../testing/refusal.js";
import { FailureBrake } from "./failure-brake.js";
import { closedGuard, type WaysIn } from "./guard.js";
import { credentialsInvalid } from "./refusals.js";

const KEY = newApiKey().key;
const PEER = { address: "10.0.0.1", certificate: undefined };
const identity = (caller: string): Identity => ({ tenant: "acme", roles: new Set(), caller });
const LOG = createLog("silent", { service: "test", worker: "test" });

function guardWith(changes: Partial<WaysIn> = {}) {
  return closedGuard({
    keys: {
      async identify(key) {
        if (key === KEY) return identity("key");
        throw credentialsInvalid();
      },
    },
    tokens: { identify: async (token) => identity(`token ${token}`) },
    brake: new FailureBrake(LOG, { free: 2, firstDelayMs: 400 }),
    ...changes,
  });
}

function metadataWith(values: Readonly<Record<string, string | readonly string[]>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(values)) {
    for (const each of [value].flat()) metadata.add(name, each);
  }
  return metadata;
}

async function callerOf(values: Readonly<Record<string, string | readonly string[]>>) {
  return (await guardWith().authenticate(metadataWith(values), PEER)).caller;
}

test("a key comes in either header, a token as a bearer", async () => {
  assert.equal(await callerOf({ authorization: `Bearer ${KEY}` }), "key");
  assert.equal(await callerOf({ authorization: `bearer  ${KEY}` }), "key");
  assert.equal(await callerOf({ "x-api-key": KEY }), "key");
  assert.equal(await callerOf({ authorization: "Bearer a.b.c" }), "token a.b.c");
});

test("no credentials, credentials of another form and several at once are refused", async () => {
  const missing = await refusal(callerOf({}));
  assert.equal(missing.reason, "CREDENTIALS_MISSING");
  const wrong: Readonly<Record<string, string | readonly string[]>>[] = [
    { authorization: KEY },
    { authorization: `Basic ${KEY}` },
    { authorization: "Bearer" },
    { authorization: "Bearer " },
    { authorization: `Bearer ${KEY} ${KEY}` },
    { authorization: [`Bearer ${KEY}`, `Bearer ${KEY}`] },
    { authorization: `Bearer ${KEY}`, "x-api-key": KEY },
    { "x-api-key": [KEY, KEY] },
    { "x-api-key": "" },
    { "x-api-key": `${KEY} ` },
  ];
  for (const values of wrong) {
    const error = await refusal(callerOf(values));
    assert.equal(error.reason, "CREDENTIALS_INVALID", JSON.stringify(Object.keys(values)));
    assert.ok(!JSON.stringify([error.message, error.metadata]).includes(KEY.slice(-43)));
  }
});

test("without an issuer of tokens every token is refused", async () => {
  const guard = guardWith({ tokens: undefined });
  const call = guard.authenticate(metadataWith({ authorization: "Bearer a.b.c" }), PEER);
  assert.equal((await refusal(Promise.resolve(call))).reason, "CREDENTIALS_INVALID");
});

test("a certificate counts where the call itself shows nothing", async () => {
  const certificate = { subject: { CN: "ada" } } as PeerCertificate;
  const certificates = ({ subject }: PeerCertificate) =>
    subject.CN === "ada" ? identity("certificate") : undefined;
  const guard = guardWith({ certificates });
  const peer = { address: "10.0.0.1", certificate };
  const callerWith = async (metadata: Metadata, with_ = peer) =>
    (await guard.authenticate(metadata, with_)).caller;
  assert.equal(await callerWith(new Metadata()), "certificate");
  assert.equal(await callerWith(metadataWith({ "x-api-key": KEY })), "key");
  assert.equal(
    (await refusal(callerWith(metadataWith({ "x-api-key": newApiKey().key })))).reason,
    "CREDENTIALS_INVALID",
  );
  const other = { address: "10.0.0.1", certificate: { subject: { CN: "eve" } } as PeerCertificate };
  assert.equal((await refusal(callerWith(new Metadata(), other))).reason, "CREDENTIALS_INVALID");
});

test("refusals of an address become slow while good callers behind it notice nothing", async () => {
  const guard = guardWith();
  const call = async (key: string) => guard.authenticate(metadataWith({ "x-api-key": key }), PEER);
  const wrong = newApiKey().key;
  for (let count = 0; count < 2; count++) await refusal(call(wrong));
  const beganAtMs = performance.now();
  let isRefused = false;
  const slow = refusal(call(wrong)).then(() => {
    isRefused = true;
  });
  for (let count = 0; count < 50; count++) assert.equal((await call(KEY)).caller, "key");
  assert.equal(isRefused, false, "the good callers came first");
  await slow;
  assert.ok(performance.now() - beganAtMs >= 399);
});
