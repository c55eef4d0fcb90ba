/** What an orchestrator learns from the two names that are for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { askHealth } from "./health.js";
import { LIVE, READY, startRpcServer } from "./server.js";

test("a server is live as long as its port is open, and ready only while it serves", async () => {
  const server = await startRpcServer("127.0.0.1", 0, []);
  const access = { channel: credentials.createInsecure(), serverName: undefined };
  const now = () =>
    Promise.all([LIVE, READY, ""].map((name) => askHealth(server.address, 5_000, access, name)));
  try {
    assert.deepEqual(await now(), ["SERVING", "NOT_SERVING", "NOT_SERVING"]);
    server.setServing(true);
    assert.deepEqual(await now(), ["SERVING", "SERVING", "SERVING"]);
    // As a drain begins.
    server.setServing(false);
    server.endEndless();
    assert.deepEqual(await now(), ["SERVING", "NOT_SERVING", "NOT_SERVING"]);
  } finally {
    await server.close(0);
  }
});
