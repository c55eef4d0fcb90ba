/** The keys and content hashes of idempotent requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientRequest, contentHash, redriveRequest } from "./request-ids.js";

test("moving bytes from one part to the next changes the content hash", () => {
  const bytes = (text: string) => Buffer.from(text);
  assert.equal(contentHash(bytes("ab"), "c"), contentHash("ab", bytes("c")));
  const different = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["c", "ab"]];
  assert.equal(new Set(different.map((parts) => contentHash(...parts))).size, different.length);
});

test("no client's request id produces the key of an operator's redrive", () => {
  const redrive = redriveRequest("0".repeat(26));
  assert.notEqual(clientRequest(redrive), redrive);
  assert.match(clientRequest("any text: ü\0"), /^[0-9a-f]{64}$/);
  assert.doesNotMatch(redrive, /^[0-9a-f]{64}$/);
});
