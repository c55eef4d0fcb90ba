/** Waits until a mesh is idle, and finds what its jobs have left behind: it must be nothing. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { NatsConnection } from "nats";
import { pause } from "../../kit/async/delay.js";
import { readBucket } from "../../kit/nats/kv.js";
import type { Order } from "../../pipeline/orders/order.js";
import { STAGES } from "../../pipeline/stages.js";
import {
  DEPTH_MAPS_BUCKET,
  JOBS_BUCKET,
  RESULTS_BUCKET,
  UPLOADS_BUCKET,
  workStream,
} from "../../pipeline/topology/names.js";
import { processesWith } from "../../testing/process-facts.js";
import { UPLOAD_EXPIRY_MS } from "../strike/cluster-lab.js";
import { BLOB_GRACE_MS, type Lab } from "../strike/lab.js";
import { objectsLeft } from "./objects-left.js";
import { checkProcessTree } from "./process-tree.js";

/** Orders without an ack must be delivered again, and killed processes must start again. */
const SETTLE_MS = 30_000;
/** The same in a cluster, whose leases are longer and whose servers catch up first. */
const CLUSTER_SETTLE_MS = 120_000;
/** No event says that a process is gone or that a stream is empty. */
const POLL_MS = 50;
/** A look at all of an S3 store costs it more. */
const STORE_POLL_MS = 1_000;
/** From the end of a blob's grace period to the sweep that removes it. */
const SWEPT_WITHIN_MS = 10_000;
const NAMING_BUCKETS = [JOBS_BUCKET, DEPTH_MAPS_BUCKET, RESULTS_BUCKET, UPLOADS_BUCKET];
const HASH = /[0-9a-f]{64}/g;

/** What is left now, one sentence per item. */
async function leftovers(lab: Lab): Promise<string[]> {
  const [orders, processes, partial, work] = await Promise.all([
    ordersLeft(lab),
    processesLeft(lab),
    partialBlobs(lab),
    readdir(lab.disk("encode")?.folder ?? ""),
  ]);
  return [
    ...orders,
    ...processes,
    ...partial.map((name) => `blobs/tmp/${name} is left`),
    ...work.map((name) => `the work folder ${name} is left`),
  ];
}

async function partialBlobs(lab: Lab): Promise<string[]> {
  const folder = lab.disk("blobs")?.folder;
  return folder === undefined ? [] : readdir(join(folder, "tmp"));
}

async function ordersLeft({ bus }: Lab): Promise<string[]> {
  const manager = await bus.as("operator").jetstreamManager({ timeout: 2_000, checkAPI: false });
  const left = await Promise.all(
    STAGES.map(async (stage) => {
      const { state } = await manager.streams.info(workStream(stage));
      if (state.messages === 0) return [];
      const first = await manager.streams.getMessage(workStream(stage), { seq: state.first_seq });
      const { job } = first.json<Order>();
      const what = `the first, ${first.seq} on ${first.subject}, of ${job}`;
      return [`${state.messages} orders of ${stage} are left: ${what}`];
    }),
  );
  return left.flat();
}

async function processesLeft(lab: Lab): Promise<string[]> {
  const pidsOf = (children: typeof lab.children) =>
    children.map(({ pid }) => pid).filter((pid) => pid !== undefined);
  const processes = await processesWith(lab.failpoints.folder);
  return checkProcessTree(processes, pidsOf(lab.children), pidsOf(lab.mesh.children("render")));
}

/** Waits until every process serves and nothing is left; returns what is left after the limit. */
export async function settle(lab: Lab): Promise<string[]> {
  const settleMs = lab.cluster ? CLUSTER_SETTLE_MS : SETTLE_MS;
  const deadlineMs = Date.now() + settleMs;
  const over = new AbortController();
  const serving = lab.untilServing().catch(() => {
    // What is missing is among what is left.
  });
  await Promise.race([serving, pause(settleMs, over.signal)]);
  over.abort();
  return untilNone(() => leftovers(lab), deadlineMs);
}

/**
 * Waits for the sweep of an idle mesh; returns the blobs that no record names and that are left.
 */
export function settleBlobs(lab: Lab): Promise<string[]> {
  const idleSinceMs = Date.now();
  const deadlineMs = idleSinceMs + BLOB_GRACE_MS + SWEPT_WITHIN_MS;
  const { cluster } = lab;
  const named = () => namedBlobs(lab.bus.as("gateway"));
  if (cluster) {
    const untilMs = deadlineMs + UPLOAD_EXPIRY_MS + CLUSTER_SETTLE_MS;
    return untilNone(() => objectsLeft(cluster.store, named), untilMs, STORE_POLL_MS);
  }
  return untilNone(async () => {
    const folder = lab.disk("blobs")?.folder ?? "";
    const orphans = await orphanBlobs(folder, named, idleSinceMs);
    return orphans.map((sha256) => `no record names the blob ${sha256}`);
  }, deadlineMs);
}

/** Asks again and again until nothing is found, or the time is over; returns what is found then. */
export async function untilNone(
  find: () => Promise<string[]>,
  deadlineMs: number,
  pollMs = POLL_MS,
): Promise<string[]> {
  for (;;) {
    const left = await find().catch((error: unknown) => [`the check failed: ${error}`]);
    if (left.length === 0 || Date.now() > deadlineMs) return left;
    await pause(pollMs);
  }
}

/** Blobs that were written before `beforeMs` (Unix milliseconds) and that no bucket entry names. */
async function orphanBlobs(
  folder: string,
  namedBlobs: () => Promise<ReadonlySet<string>>,
  beforeMs: number,
): Promise<string[]> {
  const old = await blobsBefore(folder, beforeMs);
  if (old.length === 0) return [];
  const named = await namedBlobs();
  return old.filter((sha256) => !named.has(sha256));
}

/** The hashes that stand in an entry of a bucket, and the ids of the jobs that have a record. */
async function namedBlobs(connection: NatsConnection): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  const views = connection.jetstream({ checkAPI: false }).views;
  const manager = await connection.jetstreamManager({ checkAPI: false });
  for (const name of NAMING_BUCKETS) {
    const bucket = await views.kv(name, { bindOnly: true });
    await readBucket(manager, bucket, (entry) => {
      for (const hash of entry.string().match(HASH) ?? []) named.add(hash);
      if (name === JOBS_BUCKET && entry.operation === "PUT") named.add(entry.key);
    });
  }
  return named;
}

async function blobsBefore(folder: string, beforeMs: number): Promise<string[]> {
  const old: string[] = [];
  for (const { name } of await readdir(folder, { withFileTypes: true })) {
    // The folders are named by the first two digits of the hashes.
    if (name.length !== 2) continue;
    for (const sha256 of await readdir(join(folder, name))) {
      const facts = await stat(join(folder, name, sha256)).catch(() => undefined);
      if (facts && facts.mtimeMs < beforeMs) old.push(sha256);
    }
  }
  return old;
}
