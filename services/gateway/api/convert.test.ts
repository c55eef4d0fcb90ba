/** A Convert call that the client ends cancels its job, even right after the first response. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../../../pipeline/record/id.js";
import { JobSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { toWireJob } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
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

for (const [validateOnly, title] of [
  [false, "a client that leaves after the first response cancels its job"],
  [true, "a client that leaves after the response to a check cancels nothing"],
] as const) {
  test(title, async () => {
    const { context, store, hints } = madeContext();
    const record = queuedRecord({ id: newId() });
    async function* requests() {
      const header = { spec: JobSpec.fromPartial({}), requestId: "", validateOnly, labels: {} };
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
    const { state } = (await store.read(record.id))?.record ?? assert.fail("the record is stored");
    assert.equal(state, validateOnly ? "QUEUED" : "CANCELLED");
    assert.equal(hints.length, validateOnly ? 0 : 1);
  });
}
