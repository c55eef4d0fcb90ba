import assert from "node:assert/strict";
import { test } from "node:test";
import { ClipClock } from "./clock.js";

test("it goes on while it plays, and begins again after the clip's length", () => {
  const clock = new ClipClock();
  clock.advance(1000, 4);
  assert.equal(clock.tau, 0);
  clock.play();
  clock.advance(1000, 4);
  assert.equal(clock.tau, 0.25);
  clock.advance(3500, 4);
  assert.equal(clock.tau, 0.125);
});

test("it stays where it is paused, and where a moment is shown", () => {
  const clock = new ClipClock();
  clock.play();
  clock.advance(1000, 2);
  clock.pause();
  clock.advance(1000, 2);
  assert.equal(clock.tau, 0.5);
  clock.play();
  clock.show(3);
  assert.equal(clock.tau, 1);
  assert.ok(!clock.isPlaying);
});
