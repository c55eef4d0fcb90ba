/** The bus and the records of a mesh as its gateway has them: to look at, and to put them where a process that died would have left them. */
import assert from "node:assert/strict";
import type { Mesh } from "../cli/mesh/mesh.js";
import { type Buckets, bindBuckets } from "../kit/bus/buckets.js";
import { type Bus, connectBus } from "../kit/bus/connect.js";
import { newId } from "../kit/jobs/id.js";
import { KvJobStore } from "../kit/jobs/kv-store.js";
import type { JobStore } from "../kit/jobs/store.js";
import { createLog } from "../kit/log.js";
import { clientRequest } from "../services/gateway/request-ids.js";

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
