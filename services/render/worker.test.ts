/** Render replaces encode orders that fail, but only a limited number of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newRecord, withStage } from "../../pipeline/record/record.js";
import { FailedEncodeOrders } from "./until-encoded.js";

const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "" };
const record = newRecord({ ...names, lane: "normal", lastStage: "encode", nowMs: 0 });
const deferred = (deferrals: number) => withStage(record, "encode", { deferrals });

test("orders that reach no renderer are counted by themselves", () => {
  const failed = new FailedEncodeOrders();
  failed.add(withStage(record, "encode", { unreachable: 1 }));
  failed.add(withStage(record, "encode", { unreachable: 2 }));
  assert.deepEqual([failed.count, failed.unreachable], [0, 2]);
  // An encoder that connected, and failed.
  failed.add(withStage(record, "encode", { unreachable: 2 }));
  assert.deepEqual([failed.count, failed.unreachable], [1, 2]);
});

test("deferred encode orders do not count as failed, and a later one that fails does", () => {
  const failed = new FailedEncodeOrders();
  failed.add(record);
  assert.equal(failed.count, 1);
  // Deferred as often as NATS redelivers, each time by a worker that could not do it.
  failed.add(deferred(20));
  failed.add(deferred(40));
  assert.equal(failed.count, 1);
  failed.add(deferred(40));
  assert.equal(failed.count, 2);
});
