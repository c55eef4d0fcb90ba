/** Whom the short methods of JobService answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import { type Identity, TRUSTED } from "../../../kit/rpc/identity.js";
import { newId } from "../../../pipeline/record/id.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import type { GatewayContext } from "../context.js";
import { cancelJob, deleteJob, getJob, readRecord } from "./jobs.js";

const ACME: Identity = { tenant: "acme", roles: new Set(["user"]), caller: "key" };
const store = new MemoryJobStore();
const context = { store } as Pick<GatewayContext, "store"> as GatewayContext;
/** Nothing comes to it. */
const maintenance = { waitForEvents: assert.fail, deletion: { job: assert.fail } } as never;
const METHODS = [
  readOf,
  getJob,
  cancelJob,
  (of: GatewayContext, request: { name: string }, identity: Identity) =>
    deleteJob(of, maintenance, request, identity),
];

function readOf(of: GatewayContext, { name }: { name: string }, identity: Identity) {
  return readRecord(of, name, identity);
}

/** An error as its caller sees it, without the id in it. */
async function refusal(attempt: Promise<unknown>, id: string): Promise<string> {
  const error = await attempt.then(() => assert.fail("it was answered"), toDepthmeshError);
  const { reason, message, metadata } = error;
  return JSON.stringify({ reason, message, metadata }).replaceAll(id, "ID");
}

test("the job of another tenant answers exactly like one that does not exist", async () => {
  const record = queuedRecord({ id: newId(), tenant: "default" });
  await store.create(record);
  for (const method of METHODS) {
    const [theirs, none] = await Promise.all(
      [record.id, newId()].map((id) => refusal(method(context, { name: `jobs/${id}` }, ACME), id)),
    );
    assert.equal(theirs, none, method.name);
    assert.match(theirs ?? "", /JOB_NOT_FOUND/);
  }
  assert.deepEqual((await store.read(record.id))?.record, record);
});

test("a record that cannot be read exists for operators only", async () => {
  const id = newId();
  const removed: string[] = [];
  const damaged = {
    read: async () => {
      throw new DepthmeshError("JOB_RECORD_UNREADABLE", "it is no JSON");
    },
    remove: async (name: string) => {
      removed.push(name);
      return true;
    },
  };
  const of = { store: damaged } as { store: unknown } as GatewayContext;
  const unknown = await refusal(getJob(context, { name: `jobs/${id}` }, ACME), id);
  for (const method of METHODS) {
    assert.equal(await refusal(method(of, { name: `jobs/${id}` }, ACME), id), unknown);
  }
  assert.deepEqual(removed, []);
  const get = getJob(of, { name: `jobs/${id}` }, TRUSTED);
  await assert.rejects(get, { reason: "JOB_RECORD_UNREADABLE" });
  await deleteJob(of, maintenance, { name: `jobs/${id}` }, TRUSTED);
  assert.deepEqual(removed, [id]);
});
