/** Who answers no more is found; who is slow, far away or only short of time is let be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { untilSilent } from "./liveness.js";

/**
 * Answers as the letters say: `+` at once, `-` not at all; the signal fires when they are used up.
 */
async function verdictOf(answers: string): Promise<boolean> {
  const over = new AbortController();
  let asked = 0;
  const ask = async () => {
    const answer = answers[asked++];
    if (answer === undefined) over.abort();
    if (answer !== "+") throw new Error("no answer");
  };
  return untilSilent({ ask, everyMs: 1 }, over.signal);
}

test("three silences in a row, after an answer, are the end", async () => {
  assert.equal(await verdictOf("+---"), true);
  assert.equal(await verdictOf("++--+---"), true);
});

test("one or two are not, and nobody is missed who was never heard", async () => {
  assert.equal(await verdictOf("+--+--+-+"), false);
  assert.equal(await verdictOf("-----"), false);
  assert.equal(await verdictOf(""), false);
});
