import assert from "node:assert/strict";
import { test } from "node:test";
import { newRecord, withStage } from "../../pipeline/record/record.js";
import { UsedUpOrders } from "./worker.js";

const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "" };
const record = newRecord({ ...names, lane: "normal", lastStage: "encode", nowMs: 0 });
const putOff = (deferrals: number) => withStage(record, "encode", { deferrals });

test("orders that were only put off do not count, and those after them do", () => {
  const used = new UsedUpOrders();
  used.add(record);
  assert.equal(used.count, 1);
  // Delivered as often as NATS does, each time to a worker that could not.
  used.add(putOff(20));
  used.add(putOff(40));
  assert.equal(used.count, 1);
  used.add(putOff(40));
  assert.equal(used.count, 2);
});
