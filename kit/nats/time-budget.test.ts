import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "../async/delay.js";
import { TimeBudget } from "./time-budget.js";

const never = () => new Promise<never>(() => {});

test("what is answered in time comes through, errors too", async () => {
  const budget = new TimeBudget(10_000);
  assert.equal(await budget.wait(async () => 7), 7);
  await assert.rejects(
    budget.wait(() => Promise.reject(new Error("boom"))),
    /boom/,
  );
});

test("all questions share the time, and what stands between them costs none", async () => {
  const budget = new TimeBudget(100);
  await pause(150);
  assert.equal(await budget.wait(async () => 1), 1, "nothing was asked meanwhile");
  await assert.rejects(budget.wait(never), { reason: "BUS_UNAVAILABLE" });
  await assert.rejects(
    budget.wait(() => pause(50)),
    { reason: "BUS_UNAVAILABLE" },
    "nothing is left",
  );
});
