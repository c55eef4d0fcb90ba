/** A job's events over connections that break, servers that are away, and histories sent twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobEventJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { type Problem, ProblemError } from "./http.js";
import { type FollowOptions, followJob } from "./job-events.js";

const problem = (status: number): Problem => ({
  ...{ title: "", status, detail: "", reason: "", metadata: {}, violations: [] },
});

const change = (number: number, state: string) =>
  `id: ${number}\nevent: stateChange\ndata: ${JSON.stringify({ number, stateChange: { state } })}\n\n`;
const progress = (number: number, encode: number) =>
  `id: ${number}\nevent: progress\ndata: ${JSON.stringify({ number, progress: { encode } })}\n\n`;

/** A stream that ends or breaks after these texts. */
function answer(texts: readonly string[], end: "ends" | "breaks" = "ends"): Response {
  const rest = [...texts];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const text = rest.shift();
      if (text !== undefined) controller.enqueue(new TextEncoder().encode(text));
      else if (end === "ends") controller.close();
      else controller.error(new TypeError("network error"));
    },
  });
  return new Response(body);
}

interface Seen {
  readonly events: JobEventJson[];
  readonly asked: number[];
  readonly waits: number[];
  readonly connections: boolean[];
}

/** Follows a job whose connections give these answers, one after the other. */
async function follow(
  answers: readonly (Response | Error)[],
  options: Partial<FollowOptions> = {},
): Promise<Seen> {
  const seen: Seen = { events: [], asked: [], waits: [], connections: [] };
  const rest = [...answers];
  const events = followJob("01j", {
    signal: new AbortController().signal,
    onConnection: (isConnected) => seen.connections.push(isConnected),
    wait: async (ms) => void seen.waits.push(ms),
    open: async (_job, after) => {
      seen.asked.push(after);
      const next = rest.shift();
      if (next instanceof Response) return next;
      throw next ?? new Error("asked once too often");
    },
    ...options,
  });
  for await (const event of events) seen.events.push(event);
  assert.equal(rest.length, 0);
  return seen;
}

const states = ({ events }: Seen) =>
  events.map(({ stateChange, progress }) => stateChange?.state ?? progress?.encode);

test("events pass on in order, however the bytes are split, until the job has ended", async () => {
  const text = change(1, "JOB_STATE_QUEUED") + progress(1, 0.5) + change(2, "JOB_STATE_SUCCEEDED");
  const seen = await follow([answer([": \n\nretry: 1000\n\n", ...text])]);
  assert.deepEqual(states(seen), ["JOB_STATE_QUEUED", 0.5, "JOB_STATE_SUCCEEDED"]);
  assert.deepEqual([seen.asked, seen.waits, seen.connections], [[0], [], []]);
});

test("a connection that breaks or ends goes on after the last entry, and nothing comes twice", async () => {
  const seen = await follow([
    answer([change(1, "JOB_STATE_QUEUED"), change(2, "JOB_STATE_DEPTH"), progress(2, 0)], "breaks"),
    answer([
      change(1, "JOB_STATE_QUEUED"),
      change(2, "JOB_STATE_DEPTH"),
      change(3, "JOB_STATE_RENDER"),
    ]),
    answer([change(4, "JOB_STATE_FAILED")]),
  ]);
  assert.deepEqual(states(seen), [
    ...["JOB_STATE_QUEUED", "JOB_STATE_DEPTH", 0, "JOB_STATE_RENDER", "JOB_STATE_FAILED"],
  ]);
  assert.deepEqual(seen.asked, [0, 2, 3]);
  assert.deepEqual(seen.connections, [false, true, false, true]);
});

test("a server that is away is asked ever more slowly, and at once again after it was there", async () => {
  const seen = await follow([
    ...[0, 503, 502, 504, 429, 500].map((status) => new ProblemError(problem(status))),
    answer([change(1, "JOB_STATE_QUEUED")]),
    answer([change(2, "JOB_STATE_CANCELLED")]),
  ]);
  const expected = [500, 1000, 2000, 4000, 8000, 10_000, 500];
  assert.equal(seen.waits.length, expected.length);
  for (const [i, ms] of expected.entries()) {
    const waited = seen.waits[i] ?? 0;
    assert.ok(waited >= ms * 0.75 && waited <= ms * 1.25, `${waited} for ${ms}`);
  }
  assert.deepEqual(seen.connections, [false, true, false, true]);
});

test("an answer that another try does not change ends the following", async () => {
  for (const status of [401, 403, 404]) {
    await assert.rejects(follow([new ProblemError(problem(status))]), ProblemError);
  }
});

test("a reader who knows the end is told that nothing more comes", async () => {
  const seen = await follow([new Response(null, { status: 204 })], { afterEvent: 5 });
  assert.deepEqual([seen.asked, seen.events], [[5], []]);
});

test("a reader who leaves is not kept by a silent connection", async () => {
  const leaving = new AbortController();
  const silent = new Response(new ReadableStream({}));
  const following = follow([silent], {
    signal: leaving.signal,
    open: async () => {
      setImmediate(() => leaving.abort(new Error("left")));
      return silent;
    },
  });
  await assert.rejects(following, /left/);
});
