/** The bytes of a live video over broken connections and attempts of the encoder. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Problem, ProblemError } from "../api/http.js";
import { followVideo, type LiveOptions, type LivePosition } from "./live-source.js";

const problem = (status: number, reason = ""): Problem => ({
  ...{ title: "", status, detail: reason, reason, metadata: {}, violations: [] },
});

function answer(attempt: string, texts: readonly string[], end: "ends" | "breaks" = "ends") {
  const rest = [...texts];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const text = rest.shift();
      if (text !== undefined) controller.enqueue(new TextEncoder().encode(text));
      else if (end === "ends") controller.close();
      else controller.error(new TypeError("network error"));
    },
  });
  return new Response(body, { headers: { "depthmesh-attempt": attempt } });
}

async function follow(
  answers: readonly (Response | Error)[],
  options: Partial<LiveOptions> = {},
): Promise<{ got: string[]; asked: LivePosition[] }> {
  const got: string[] = [];
  const asked: LivePosition[] = [];
  const rest = [...answers];
  const parts = followVideo("01j", {
    signal: new AbortController().signal,
    mayContinue: () => true,
    wait: async () => {},
    open: async (_job, position) => {
      asked.push(position);
      const next = rest.shift();
      if (next instanceof Response) return next;
      throw next ?? new Error("asked once too often");
    },
    ...options,
  });
  for await (const part of parts) {
    if (part.kind === "attempt") got.push(`[${part.attempt}]`);
    else got.push(new TextDecoder().decode(part.bytes));
  }
  assert.equal(rest.length, 0);
  return { got, asked };
}

test("a video that is not interrupted comes as it is", async () => {
  const { got } = await follow([answer("a", ["init", "one", "two"])]);
  assert.deepEqual(got, ["[a]", "init", "one", "two"]);
});

test("a connection that breaks goes on within the same attempt", async () => {
  const { got, asked } = await follow([
    answer("a", ["init", "one"], "breaks"),
    new ProblemError(problem(503)),
    answer("a", ["two"]),
  ]);
  assert.deepEqual(got, ["[a]", "init", "one", "two"]);
  const known = { attempt: "a", offset: 7 };
  assert.deepEqual(asked, [{ attempt: "", offset: 0 }, known, known]);
});

test("another attempt begins from nothing", async () => {
  const { got, asked } = await follow([
    answer("a", ["init", "one"], "breaks"),
    new ProblemError(problem(409, "STREAM_RESTARTED")),
    answer("b", ["INIT", "ONE", "TWO"]),
  ]);
  assert.deepEqual(got, ["[a]", "init", "one", "[b]", "INIT", "ONE", "TWO"]);
  assert.deepEqual(
    asked.map(({ offset }) => offset),
    [0, 7, 0],
  );
});

test("an attempt that broke before its first byte is named again", async () => {
  const { got } = await follow([answer("a", [], "breaks"), answer("b", ["INIT"])]);
  assert.deepEqual(got, ["[a]", "[b]", "INIT"]);
});

test("what cannot be followed, and a job that has ended without its rest, are errors", async () => {
  await assert.rejects(follow([new ProblemError(problem(404))]), ProblemError);
  const broken = answer("a", ["init"], "breaks");
  await assert.rejects(follow([broken], { mayContinue: () => false }), /network error/);
});
