/** The order in which lanes are pulled from, and the estimate of orders that wait in them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LANES, type Lane } from "../stages.js";
import { LANE_AGE_MS, LaneBacklog, LaneSchedule } from "./lanes.js";

/** The lanes of successive turns, when no lane is ever empty and each order takes `jobMs`. */
function turns(count: number, jobMs: number): Lane[] {
  let nowMs = 0;
  const schedule = new LaneSchedule(() => nowMs);
  return Array.from({ length: count }, () => {
    const [lane] = schedule.order();
    assert.ok(lane);
    schedule.served(lane);
    nowMs += jobMs;
    return lane;
  });
}

function counts(lanes: readonly Lane[]): number[] {
  return LANES.map((lane) => lanes.filter((each) => each === lane).length);
}

test("with orders in every lane, the lanes take turns 8:3:1", () => {
  assert.deepEqual(counts(turns(1200, 0)), [800, 300, 100]);
  assert.deepEqual(counts(turns(12, 1)), [8, 3, 1]);
});

test("with orders that take long, no lane waits for twelve of them", () => {
  const long = turns(30, 10 * LANE_AGE_MS);
  for (const taken of counts(long)) assert.ok(taken >= 9 && taken <= 11, String(counts(long)));
  for (let first = 0; first <= 30 - 5; first++) {
    const some = long.slice(first, first + 5);
    for (const lane of LANES) assert.ok(some.includes(lane), `${lane} waits from ${first} on`);
  }
});

test("a lane goes first as soon as it was not pulled from for LANE_AGE_MS, and not before", () => {
  let nowMs = 0;
  const schedule = new LaneSchedule(() => nowMs);
  schedule.served("high");
  schedule.served("normal");
  nowMs = LANE_AGE_MS;
  assert.equal(schedule.order()[0], "high");
  schedule.served("high");
  nowMs += 1;
  // Both are overdue by one millisecond, so the weights decide.
  assert.deepEqual(schedule.order(), ["low", "normal", "high"]);
  schedule.served("low");
  assert.equal(schedule.order()[0], "normal");
});

test("a pull without an order counts as a pull and costs the lane no credit", () => {
  let nowMs = 0;
  const schedule = new LaneSchedule(() => nowMs);
  nowMs = 2 * LANE_AGE_MS;
  assert.equal(schedule.order()[0], "high");
  for (const lane of LANES) {
    schedule.served(lane);
    schedule.notServed(lane);
  }
  assert.equal(schedule.order()[0], "high");
});

test("after overdue turns, the weights hold again within one round", () => {
  let nowMs = 0;
  const schedule = new LaneSchedule(() => nowMs);
  for (let turn = 0; turn < 60; turn++) {
    nowMs += 2 * LANE_AGE_MS;
    schedule.served(schedule.order()[0] ?? assert.fail());
  }
  const after: Lane[] = [];
  for (let turn = 0; turn < 48; turn++) {
    const [lane] = schedule.order();
    assert.ok(lane);
    schedule.served(lane);
    after.push(lane);
  }
  const last = counts(after.slice(-24));
  assert.ok(last[0] === 16 && last[1] === 6 && last[2] === 2, String(last));
});

test("a lane is pulled from once at the start, and then after a nudge or a poll", () => {
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

test("a pulled order tells how many orders wait behind it", () => {
  const backlog = new LaneBacklog();
  backlog.found(backlog.pulling(), 2, false);
  backlog.pulling();
  backlog.found(backlog.pulling(), 0, false);
  assert.equal(backlog.worthPulling, false);
});

test("after a redelivered order another one is expected", () => {
  const backlog = new LaneBacklog();
  backlog.found(backlog.pulling(), 0, true);
  assert.equal(backlog.worthPulling, true);
});

test("the answer to a pull does not cancel a nudge that came after the pull began", () => {
  for (const answer of ["found", "empty"] as const) {
    const backlog = new LaneBacklog();
    const ticket = backlog.pulling();
    backlog.nudged();
    if (answer === "found") backlog.found(ticket, 0, false);
    else backlog.empty(ticket);
    assert.equal(backlog.worthPulling, true, answer);
  }
});
