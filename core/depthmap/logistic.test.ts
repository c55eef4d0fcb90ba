/** The table of the logistic function stays close to it, everywhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { logistic } from "./logistic.js";

test("the table is within a millionth of the function, and beyond its ends too", () => {
  for (let odds = -40; odds <= 40; odds += 0.0037) {
    const exact = 1 / (1 + Math.exp(-odds));
    const difference = Math.abs(logistic(odds) - exact);
    assert.ok(difference < 1e-6, `${logistic(odds)} instead of ${exact} at ${odds}`);
  }
  assert.equal(logistic(0), 0.5);
});
