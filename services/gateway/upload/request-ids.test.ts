/** The keys and content hashes of idempotent requests. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { newId } from "../../../pipeline/record/id.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import {
  claimedJob,
  claimRequest,
  clientRequest,
  contentHash,
  redriveRequest,
} from "./request-ids.js";

test("moving bytes from one part to the next changes the content hash", () => {
  const bytes = (text: string) => Buffer.from(text);
  assert.equal(contentHash(bytes("ab"), "c"), contentHash("ab", bytes("c")));
  const different = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["c", "ab"]];
  assert.equal(new Set(different.map((parts) => contentHash(...parts))).size, different.length);
});

test("no client's request id produces the key of an operator's redrive", () => {
  const redrive = redriveRequest("0".repeat(26));
  assert.notEqual(clientRequest("default", redrive), redrive);
  assert.match(clientRequest("acme", "any text: ü\0"), /^[0-9a-f]{64}$/);
  assert.doesNotMatch(redrive, /^[0-9a-f]{64}$/);
});

test("the same id of two tenants is two requests, and the default tenant's keys stay", () => {
  const sha256Of = (text: string) => createHash("sha256").update(text).digest("hex");
  assert.equal(clientRequest("default", "order 7"), sha256Of("order 7"));
  const ids = ["order 7", "acme", "me", ""];
  const keys = ["default", "acme", "ac"].flatMap((tenant) =>
    ids.map((id) => clientRequest(tenant, id)),
  );
  assert.equal(new Set(keys).size, keys.length);
});

test("a claim that cannot be read is replaced by the next request, and fails nobody", async () => {
  const content = contentHash("a");
  for (const value of ["", "{", "null", "[]", "{}", '{"job":"j","content":"c"}', '{"job":3}']) {
    const bucket = new MemoryBucket();
    await bucket.put("key", value);
    assert.equal(await claimedJob(bucket, "key"), undefined, value);
    const job = newId();
    assert.equal((await claimRequest(bucket, "key", content, job)).job, job, value);
    // Two calls that find it damaged agree on one job.
    await bucket.put("key", value);
    const both = await Promise.all(
      [newId(), newId()].map((id) => claimRequest(bucket, "key", content, id)),
    );
    assert.equal(both[0]?.job, both[1]?.job, value);
    const other = contentHash("b");
    const conflict = { reason: "IDEMPOTENCY_CONFLICT" };
    await assert.rejects(claimRequest(bucket, "key", other, newId()), conflict, value);
  }
});
