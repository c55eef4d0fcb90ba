import assert from "node:assert/strict";
import { test } from "node:test";
import { clientRequest, contentHash, redriveRequest } from "./request-ids.js";

test("a content's hash tells where one part ends and the next begins", () => {
  const bytes = (text: string) => Buffer.from(text);
  assert.equal(contentHash(bytes("ab"), "c"), contentHash("ab", bytes("c")));
  const different = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["c", "ab"]];
  assert.equal(new Set(different.map((parts) => contentHash(...parts))).size, different.length);
});

test("no client's request is taken for an operator's", () => {
  const redrive = redriveRequest("0".repeat(26));
  assert.notEqual(clientRequest(redrive), redrive);
  assert.match(clientRequest("any text: ü\0"), /^[0-9a-f]{64}$/);
  assert.doesNotMatch(redrive, /^[0-9a-f]{64}$/);
});
