/** A client that hangs up takes its job with it, however early. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { JobSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { toWireJob } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import { convert } from "./convert.js";

/** What Convert works with until its job is followed. */
function madeContext() {
  const store = new MemoryJobStore();
  const hints: string[] = [];
  const connection = { publish: (subject: string) => hints.push(subject) };
  const draining = new AbortController().signal;
  const context = { store, bus: { connection }, draining } as unknown as GatewayContext;
  return { context, store, hints };
}

for (const validateOnly of [false, true]) {
  test(`gone before the first answer${validateOnly ? " to a mere check" : ""}`, async () => {
    const { context, store, hints } = madeContext();
    const record = queuedRecord();
    async function* requests() {
      const header = { spec: JobSpec.fromPartial({}), requestId: "", validateOnly };
      yield { kind: { $case: "header" as const, value: header } };
    }
    const create = async (upload: AsyncIterable<unknown>) => {
      for await (const _ of upload);
      await store.create(record);
      return toWireJob(record, undefined);
    };
    const responses = convert(context, create, requests(), new AbortController().signal);
    const first = await responses.next();
    assert.equal(first.value?.kind?.$case, "job");
    await responses.return(undefined);
    const { state } = (await store.read(record.id))?.record ?? assert.fail("it is stored");
    assert.equal(state, validateOnly ? "QUEUED" : "CANCELLED");
    assert.equal(hints.length, validateOnly ? 0 : 1);
  });
}
