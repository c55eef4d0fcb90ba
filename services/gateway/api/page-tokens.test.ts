/** A page token fits the list that has given it, on every gateway, and no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { PageTokens } from "./page-tokens.js";

const NO_TOKEN = { reason: "PARAMETER_OUT_OF_RANGE" };

test("gateways that start together or later share the key of the tokens", async () => {
  const bucket = new MemoryBucket();
  const together = await Promise.all([1, 2, 3].map(() => PageTokens.open(bucket)));
  const token = together[0]?.of("acme").seal("jobs", "01k") ?? "";
  const later = await PageTokens.open(bucket);
  for (const gateway of [...together, later]) {
    assert.equal(gateway.of("acme").open("jobs", token), "01k");
  }
  const strange = await PageTokens.open(new MemoryBucket());
  assert.throws(() => strange.of("acme").open("jobs", token), NO_TOKEN);
});

test("a key that is damaged is made anew", async () => {
  const bucket = new MemoryBucket();
  await bucket.put("page-token-key", "not a key");
  const token = (await PageTokens.open(bucket)).of("acme").seal("jobs", "01k");
  assert.equal((await PageTokens.open(bucket)).of("acme").open("jobs", token), "01k");
});

test("a token with any character changed, and that of another tenant, is no token", async () => {
  const tokens = await PageTokens.open(new MemoryBucket());
  const token = tokens.of("acme").seal("jobs", "01kabc-result-other_0f.x");
  for (let i = 0; i < token.length; i++) {
    for (const character of ["0", "1", "a", "A", "~", "_", "-", "é", ""]) {
      const changed = token.slice(0, i) + character + token.slice(i + 1);
      if (changed === token) continue;
      assert.throws(() => tokens.of("acme").open("jobs", changed), NO_TOKEN, changed);
    }
  }
  for (const tenant of ["default", "acm", "acme-", ""]) {
    assert.throws(() => tokens.of(tenant).open("jobs", token), NO_TOKEN, tenant);
  }
  const other = { reason: "PARAMETER_CONFLICT" };
  assert.throws(() => tokens.of("acme").open("cache", token), other);
});
