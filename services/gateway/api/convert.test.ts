/** A Convert call that the client ends cancels the job that was made for it, and no other. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { TRUSTED } from "../../../kit/rpc/identity.js";
import { isAbandoned, joinCall, keepForAll } from "../../../pipeline/record/calls.js";
import { newId } from "../../../pipeline/record/id.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import { JobSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { toWireJob } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import type { CreateCall } from "../upload/create-job.js";
import { convert } from "./convert.js";

/** The part of the context that Convert uses before it follows its job. */
function madeContext() {
  const store = new MemoryJobStore();
  const hints: string[] = [];
  const connection = { publish: (subject: string) => hints.push(subject) };
  const draining = new AbortController().signal;
  const context = { store, bus: { connection }, draining } as unknown as GatewayContext;
  return { context, store, hints };
}

async function* requests(validateOnly = false) {
  const header = {
    spec: JobSpec.fromPartial({}),
    requestId: "",
    validateOnly,
    labels: {},
    webhooks: [],
  };
  yield { kind: { $case: "header" as const, value: header } };
}

const CALLER = { signal: new AbortController().signal, peer: "loopback", identity: TRUSTED };

/**
 * The job after a client has left its Convert call with the first response. `join` is what happens
 * to the record before that.
 */
async function afterLeaving(
  join: (record: JobRecord) => JobRecord | undefined,
  made: (convert: string | undefined) => Partial<JobRecord> = (convert) => ({
    calls: [convert ?? ""],
  }),
) {
  const { context, store, hints } = madeContext();
  const id = newId();
  const create = async (upload: AsyncIterable<unknown>, { convert }: CreateCall) => {
    for await (const _ of upload);
    const record = queuedRecord({ id, ...made(convert) });
    await store.create(record);
    return toWireJob(record, undefined);
  };
  const responses = convert(context, create, requests(), CALLER);
  const first = await responses.next();
  assert.equal(first.value?.kind?.$case, "job");
  await updateRecord(store, id, join);
  await responses.return(undefined);
  const { record } = (await store.read(id)) ?? assert.fail("the record is stored");
  return { record, hints };
}

test("a client that leaves after the first response cancels its job", async () => {
  const { record, hints } = await afterLeaving(() => undefined);
  assert.deepEqual([record.state, isAbandoned(record), hints.length], ["CANCELLED", true, 1]);
});

test("a job that CreateJob has made, or asked for since, goes on", async () => {
  const created = await afterLeaving(
    () => undefined,
    () => ({}),
  );
  const asked = await afterLeaving(keepForAll);
  for (const { record, hints } of [created, asked]) {
    assert.deepEqual([record.state, hints.length], ["QUEUED", 0]);
  }
});

test("a job that another Convert call waits for goes on", async () => {
  const { record, hints } = await afterLeaving((current) => joinCall(current, "other"));
  assert.deepEqual([record.state, record.calls, hints.length], ["QUEUED", ["other"], 0]);
});

test("a check has one response and no job", async () => {
  const { context, store } = madeContext();
  const create = async (upload: AsyncIterable<unknown>) => {
    for await (const _ of upload);
    return { ...toWireJob(queuedRecord(), undefined), name: "" };
  };
  const kinds: (string | undefined)[] = [];
  for await (const { kind } of convert(context, create, requests(true), CALLER)) {
    kinds.push(kind?.$case);
  }
  assert.deepEqual([kinds, await store.ids()], [["job"], []]);
});
