/** A process that no longer answers is found; one that is slow or unreachable is left alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { untilSilent } from "./supervised.js";

/**
 * The probes answer as the letters say: `+` at once, `-` not at all. The signal fires after the
 * last.
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

test("three missing answers in a row, after an answer, mean that the process hangs", async () => {
  assert.equal(await verdictOf("+---"), true);
  assert.equal(await verdictOf("++--+---"), true);
});

test("one or two missing answers do not, and neither do any before the first answer", async () => {
  assert.equal(await verdictOf("+--+--+-+"), false);
  assert.equal(await verdictOf("-----"), false);
  assert.equal(await verdictOf(""), false);
});
