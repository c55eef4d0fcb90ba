/** A gateway's list is compared with the records job by job, and so are claims. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareLists, useless } from "./agreement.js";

test("a missing job, another state and a job without a record are found", () => {
  const records = [
    { id: "a", state: "SUCCEEDED" },
    { id: "b", state: "FAILED" },
  ] as const;
  const right = new Map([
    ["a", "SUCCEEDED"],
    ["b", "FAILED"],
  ]);
  assert.deepEqual(compareLists("g", right, records), []);
  const wrong = new Map([
    ["a", "QUEUED"],
    ["c", "SUCCEEDED"],
  ]);
  assert.deepEqual(compareLists("g", wrong, records), [
    "g lists a as QUEUED, its record is SUCCEEDED",
    "g lists b as nothing, its record is FAILED",
    "g lists c, which has no record of a job",
  ]);
});

test("an ended job may claim what its record does not name, and nothing else is claimed", () => {
  const [named, unnamed] = ["a".repeat(64), "b".repeat(64)];
  const ended = { id: "ended", state: "CANCELLED", photoBlob: named } as const;
  const claims = [
    `$KV.dm_claims.claim.${unnamed}.ended`,
    `$KV.dm_claims.claim.${named}.ended`,
    `$KV.dm_claims.claim.${unnamed}.running`,
    `$KV.dm_claims.claim.${unnamed}.removed`,
    `$KV.dm_claims.removing.${unnamed}.ended`,
  ];
  assert.deepEqual(useless(claims, [ended, { id: "running", state: "RENDER" }]), claims.slice(1));
});
