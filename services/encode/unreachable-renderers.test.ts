import assert from "node:assert/strict";
import { test } from "node:test";
import { noteConnection, unreachableFacts } from "./unreachable-renderers.js";

test("an address is told until a connection is made, or for two minutes", () => {
  assert.deepEqual(unreachableFacts(0), {});
  noteConnection("10.0.0.1:1", false, 0);
  noteConnection("10.0.0.2:1", false, 1_000);
  assert.deepEqual(unreachableFacts(1_000), { unreachable_renderers: "10.0.0.1:1 10.0.0.2:1" });
  noteConnection("10.0.0.1:1", true, 2_000);
  assert.deepEqual(unreachableFacts(2_000), { unreachable_renderers: "10.0.0.2:1" });
  assert.deepEqual(unreachableFacts(200_000), {});
  for (let port = 1; port <= 20; port++) noteConnection(`10.0.0.3:${port}`, false, 200_000);
  assert.equal(unreachableFacts(200_000).unreachable_renderers?.split(" ").length, 8);
  assert.match(unreachableFacts(200_000).unreachable_renderers ?? "", /10\.0\.0\.3:20$/);
});
