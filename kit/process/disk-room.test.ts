/** How much of a disk stays free, and how a refusal is told. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import { assertRoom, isRefusedForRoom, noRoom, reservedMib, roomOf } from "./disk-room.js";

test("a large disk keeps the reserve, a small one a twentieth of itself", () => {
  assert.equal(reservedMib({ freeMib: 0, totalMib: 100_000 }, 64), 64);
  assert.equal(reservedMib({ freeMib: 0, totalMib: 100 }, 64), 5);
});

test("a disk with room is taken; a refusal names the room and the limit, and is known as one", async () => {
  assert.ok((await roomOf(tmpdir())).totalMib > 0);
  await assertRoom(tmpdir(), 0);
  const refusal = noRoom("full", { freeMib: 3, totalMib: 100 }, 4.2);
  assert.deepEqual(
    [refusal.reason, refusal.metadata],
    ["STORAGE_FULL", { free_mib: "3", limit_mib: "5" }],
  );
  assert.equal(isRefusedForRoom(refusal), true);
  assert.equal(isRefusedForRoom(new DepthmeshError("STORAGE_FULL", "ran full")), false);
});
