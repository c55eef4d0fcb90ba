import assert from "node:assert/strict";
import { test } from "node:test";
import { LaneBacklog } from "./lane-backlog.js";

test("a lane is asked once at the beginning, and then where a nudge or a poll promises something", () => {
  const backlog = new LaneBacklog();
  backlog.empty(backlog.pulling());
  assert.equal(backlog.worthPulling, false);
  backlog.nudged();
  assert.equal(backlog.worthPulling, true);
  backlog.empty(backlog.pulling());
  assert.equal(backlog.worthPulling, false);
  backlog.polled();
  backlog.polled();
  backlog.pulling();
  assert.equal(backlog.worthPulling, false, "polls do not add up");
});

test("an order tells how many wait behind it", () => {
  const backlog = new LaneBacklog();
  backlog.found(backlog.pulling(), 2, false);
  backlog.pulling();
  backlog.found(backlog.pulling(), 0, false);
  assert.equal(backlog.worthPulling, false);
});

test("an order that comes again may have others of its kind behind it", () => {
  const backlog = new LaneBacklog();
  backlog.found(backlog.pulling(), 0, true);
  assert.equal(backlog.worthPulling, true);
});

test("an answer takes nothing away from a nudge that came after its question", () => {
  for (const answer of ["found", "empty"] as const) {
    const backlog = new LaneBacklog();
    const ticket = backlog.pulling();
    backlog.nudged();
    if (answer === "found") backlog.found(ticket, 0, false);
    else backlog.empty(ticket);
    assert.equal(backlog.worthPulling, true, answer);
  }
});
