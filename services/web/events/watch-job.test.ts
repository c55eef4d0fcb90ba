/** The events of a job over gateways that stop, without gap or repeat. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { JobEvent, JobState } from "../../../proto/gen/depthmesh/v1/job.js";
import { WatchJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { refusal } from "../../../testing/refusal.js";
import { watchJob } from "./watch-job.js";

const CALLER = { credential: undefined };

function change(number: number, state: JobState): Uint8Array {
  const value = { state, reason: "", error: undefined };
  return JobEvent.encode(
    JobEvent.fromPartial({ number, kind: { $case: "stateChange", value } }),
  ).finish();
}

function progress(number: number, depth: number): Uint8Array {
  const value = { depth, render: 0, encode: 0 };
  return JobEvent.encode(
    JobEvent.fromPartial({ number, kind: { $case: "progress", value } }),
  ).finish();
}

const HISTORY = [
  change(1, JobState.JOB_STATE_QUEUED),
  change(2, JobState.JOB_STATE_DEPTH),
  change(3, JobState.JOB_STATE_SUCCEEDED),
];

/** A gateway whose calls end with these errors after the event of this index; the last one ends. */
function gatewayOf(breaks: readonly { at: number; error: DepthmeshError }[]) {
  const asked: number[] = [];
  async function* serverStream(_method: unknown, request: Uint8Array) {
    const { afterEvent } = WatchJobRequest.decode(request);
    const fault = breaks[asked.length];
    asked.push(afterEvent);
    for (const [index, bytes] of HISTORY.entries()) {
      if (fault?.at === index) throw fault.error;
      if (index >= afterEvent) yield bytes;
      if (index === afterEvent) yield progress(index + 1, 0.5);
    }
  }
  return { asked, gateway: { serverStream } };
}

const away = (reason: "DRAINING" | "SERVICE_UNAVAILABLE") =>
  new DepthmeshError(reason, "away", { retryDelayMs: 1 });

async function labelsOf(gateway: Parameters<typeof watchJob>[0], after = 0): Promise<string[]> {
  const found: string[] = [];
  for await (const { id, event } of watchJob(gateway, "jobs/x", after, CALLER)) {
    found.push(`${id} ${event}`);
  }
  return found;
}

test("a gateway that stops and one that dies leave no gap and no repeat", async () => {
  const { asked, gateway } = gatewayOf([
    { at: 2, error: away("DRAINING") },
    { at: 2, error: away("SERVICE_UNAVAILABLE") },
  ]);
  const found = await labelsOf(gateway);
  assert.deepEqual(asked, [0, 2, 2]);
  assert.deepEqual(
    found.filter((label) => label.endsWith("stateChange")),
    ["1 stateChange", "2 stateChange", "3 stateChange"],
  );
  assert.equal(found.at(-1), "3 end");
});

test("a reader that names the last event it has gets those after it", async () => {
  assert.deepEqual(await labelsOf(gatewayOf([]).gateway, 2), [
    "3 stateChange",
    "3 progress",
    "3 end",
  ]);
  assert.deepEqual(await labelsOf(gatewayOf([]).gateway, 3), ["3 end"]);
});

test("an error that does not pass ends the stream without an event end", async () => {
  const error = new DepthmeshError("JOB_NOT_FOUND", "removed");
  const { gateway } = gatewayOf([{ at: 1, error }]);
  assert.equal((await refusal(labelsOf(gateway))).reason, "JOB_NOT_FOUND");
});
