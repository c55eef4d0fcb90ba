import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MAX_ATTEMPTS,
  RETRY_DELAYS_SECONDS,
  retryAfterMs,
  type Verdict,
  verdictOn,
  WINDOW_MS,
} from "./schedule.js";

const EVEN = { windowMs: WINDOW_MS, random: () => 0.5 };
const FAILED = { status: 500, error: "failed" };
const T0 = 1_800_000_000_000;

/** Minutes after the start at which attempts are made, while all fail. */
function attemptMinutes(schedule: typeof EVEN): number[] {
  const minutes: number[] = [];
  let nowMs = T0;
  for (let attempts = 1; ; attempts++) {
    minutes.push((nowMs - T0) / 60_000);
    const verdict: Verdict = verdictOn(FAILED, { attempts, sinceMs: T0 }, nowMs, schedule);
    if (verdict.kind !== "retry") return minutes;
    nowMs = verdict.atMs;
  }
}

test("twelve attempts in 24 hours, with growing pauses, the last one at the end", () => {
  const minutes = attemptMinutes(EVEN);
  assert.equal(minutes.length, RETRY_DELAYS_SECONDS.length + 2);
  assert.equal(minutes[0], 0);
  assert.equal(minutes[1], 5 / 60);
  assert.equal(minutes.at(-1), 24 * 60);
  const pauses = minutes.slice(1).map((minute, index) => minute - (minutes[index] ?? 0));
  // All but the last, which ends the window.
  for (let i = 1; i < pauses.length - 1; i++) {
    assert.ok((pauses[i] ?? 0) > (pauses[i - 1] ?? 0), `pause ${i}`);
  }
});

test("pauses vary by a fifth, and no attempt is later than the window", () => {
  for (const random of [() => 0, () => 0.999_999]) {
    const minutes = attemptMinutes({ ...EVEN, random });
    assert.equal(minutes.at(-1), 24 * 60);
    assert.ok(Math.abs((minutes[1] ?? 0) * 60 - 5) > 0.9);
    assert.ok(minutes.length >= 11 && minutes.length <= 12);
  }
});

test("a shorter window has the same attempts in less time", () => {
  const minutes = attemptMinutes({ ...EVEN, windowMs: 6_000 });
  assert.equal(minutes.length, 12);
  assert.equal(minutes.at(-1), 0.1);
});

test("what an answer means", () => {
  const tried = { attempts: 1, sinceMs: T0 };
  const kindOf = (status: number) => verdictOn({ status, error: "" }, tried, T0, EVEN).kind;
  for (const status of [200, 202, 204, 299]) assert.equal(kindOf(status), "delivered");
  assert.equal(kindOf(410), "gone");
  for (const status of [0, 101, 301, 302, 307, 400, 401, 404, 429, 500, 503, 999]) {
    assert.equal(kindOf(status), "retry", String(status));
  }
  const late = verdictOn(FAILED, { attempts: 3, sinceMs: T0 - WINDOW_MS }, T0, EVEN);
  assert.equal(late.kind, "given-up");
  const often = verdictOn(FAILED, { attempts: MAX_ATTEMPTS, sinceMs: T0 }, T0, EVEN);
  assert.equal(often.kind, "given-up");
});

test("Retry-After is respected, up to the end of the window", () => {
  const tried = { attempts: 1, sinceMs: T0 };
  const at = (waitMs: number) =>
    verdictOn({ status: 503, error: "busy", retryAfterMs: waitMs }, tried, T0, EVEN);
  assert.deepEqual(at(3_600_000), { kind: "retry", atMs: T0 + 3_600_000 });
  assert.deepEqual(at(10 * WINDOW_MS), { kind: "retry", atMs: T0 + WINDOW_MS });
  assert.deepEqual(at(0), { kind: "retry", atMs: T0 + 5_000 });
});

test("a header retry-after has seconds or a date", () => {
  assert.equal(retryAfterMs("120", T0), 120_000);
  assert.equal(retryAfterMs(new Date(T0 + 60_000).toUTCString(), T0), 60_000);
  assert.equal(retryAfterMs(new Date(T0 - 60_000).toUTCString(), T0), 0);
  for (const header of [undefined, "", "-1", "1.5", "soon", "9".repeat(400), "2026-01-01"]) {
    assert.equal(retryAfterMs(header, T0), undefined, header);
  }
});
