import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DrainResponse,
  type WorkerDescription,
  WorkerServiceClient,
} from "../../proto/gen/depthmesh/stage/v1/worker_service.js";
import { callUnary, meshClient } from "../rpc/client.js";
import { startRpcServer } from "../rpc/server.js";
import { Self } from "./self.js";

test("a process says what it is, and drains only when it is meant", async () => {
  let stops = 0;
  const parts = { slots: 2, running: () => 1, facts: { renderer: "made" } };
  const stop = () => {
    stops += 1;
  };
  const self = new Self({ name: "render", worker: "render-1", parts, stop, traceFolder: "" });
  const server = await startRpcServer("127.0.0.1", 0, [self.service]);
  self.address = server.address;
  const client = meshClient(WorkerServiceClient, server.address);
  const describe = () =>
    callUnary<WorkerDescription>((metadata, done) => client.describe({}, metadata, done));
  const drain = (worker: string) =>
    callUnary<DrainResponse>((metadata, done) => client.drain({ worker }, metadata, done));
  try {
    const before = await describe();
    assert.deepEqual(
      [before.service, before.worker, before.address, before.slots, before.running],
      ["render", "render-1", server.address, 2, 1],
    );
    assert.equal(before.draining, false);
    assert.ok(Math.abs(before.startTimeMs - performance.timeOrigin) < 1);
    // Another process may have the address of one that has died.
    await assert.rejects(drain("render-2"), { reason: "WORKER_NOT_FOUND" });
    assert.equal(stops, 0);
    await drain("render-1");
    assert.equal(stops, 1);
    assert.equal((await describe()).draining, true);
    self.drains(new Error("the driver hangs"));
    assert.equal((await describe()).facts.lost, "the driver hangs");
  } finally {
    client.close();
    await server.close(0);
  }
});
