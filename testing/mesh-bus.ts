/** The bus and the records of a mesh as its gateway has them: to look at, and to put them where a process that died would have left them. */
import assert from "node:assert/strict";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import type { Mesh } from "../launcher/mesh.js";
import { type Buckets, bindBuckets } from "../pipeline/nats/buckets.js";
import { EVENTS_STREAM } from "../pipeline/nats/subjects.js";
import { newId } from "../pipeline/record/id.js";
import type { JobEvent } from "../pipeline/record/job-events.js";
import { KvJobStore } from "../pipeline/record/kv-store.js";
import type { JobStore } from "../pipeline/record/store.js";
import { clientRequest } from "../services/gateway/upload/request-ids.js";

export interface MeshBus {
  readonly bus: Bus;
  readonly buckets: Buckets;
  readonly store: JobStore;
}

export async function connectToMesh(mesh: Mesh): Promise<MeshBus> {
  const log = createLog("silent", { service: "test", worker: "test" });
  const bus = await connectBus(mesh.natsUrlFor("gateway"), "test", log);
  const buckets = await bindBuckets(bus);
  return { bus, buckets, store: new KvJobStore(buckets.jobs, bus) };
}

/** Leave a request as a gateway does that dies after the claim: it names a job that was not made. Returns that job's id. */
export async function unmakeClaim({ buckets }: MeshBus, requestId: string): Promise<string> {
  const key = clientRequest(requestId);
  const claim = await buckets.requests.get(key);
  assert.ok(claim, `${requestId} was sent`);
  const job = newId();
  await buckets.requests.put(key, JSON.stringify({ ...claim.json<object>(), job }));
  return job;
}

/** All that was told of jobs, oldest first. */
export async function allEvents(bus: Bus): Promise<JobEvent[]> {
  const { state } = await bus.manager.streams.info(EVENTS_STREAM);
  const events: JobEvent[] = [];
  for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq++) {
    const message = await bus.manager.streams.getMessage(EVENTS_STREAM, { seq });
    events.push(message.json<JobEvent>());
  }
  return events;
}
