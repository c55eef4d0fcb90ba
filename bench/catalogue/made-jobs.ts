/**
 * Records of jobs that have ended, as many as a bench wants, in the bucket of a real nats-server.
 */
import { createHash } from "node:crypto";
import { briefOf } from "../../core/spec/brief.js";
import { resolveSpec } from "../../core/spec/resolve-spec.js";
import { createLog } from "../../kit/log.js";
import { connectBus } from "../../kit/nats/connect.js";
import { newId } from "../../pipeline/record/id.js";
import { eventsAfter, publishEvent } from "../../pipeline/record/job-events.js";
import { KvJobStore } from "../../pipeline/record/kv-store.js";
import { type JobRecord, type JobState, newRecord } from "../../pipeline/record/record.js";
import { bindBuckets } from "../../pipeline/topology/mesh-state.js";

const AT_ONCE = 64;
/** They were created one after the other until an hour ago. */
const EVERY_MS = 25_000;
const UNTIL_MS = 3_600_000;
export const TENANTS = 50;
const SPEC = resolveSpec(
  { fields: {}, motions: [], outputs: [{}], artifacts: [] },
  { models: ["auto"], maxFrames: 3600 },
);

/** When the job of this number, of so many, was created. */
export function createdAt(number: number, of: number): number {
  return Math.round(Date.now() - UNTIL_MS - (of - number) * EVERY_MS);
}

/** Writes those from one number until just before another, of `of` in all. */
export async function makeJobs(
  natsUrl: string,
  { from, until, of }: { readonly from: number; readonly until: number; readonly of: number },
): Promise<void> {
  const log = createLog("warn", { service: "bench", worker: "bench" });
  const bus = await connectBus(natsUrl, "bench", log);
  const store = new KvJobStore((await bindBuckets(bus)).jobs, bus);
  let next = from;
  let last: JobRecord | undefined;
  const write = async () => {
    while (next < until) {
      last = madeJob(next++, of);
      await store.create(last);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  // A mesh at work has told the ends of its jobs.
  for (const event of last ? eventsAfter(last, 0) : []) await publishEvent(bus, event);
  await bus.close();
}

function madeJob(number: number, of: number): JobRecord {
  const atMs = createdAt(number, of);
  const hash = (what: string) => createHash("sha256").update(`${what} ${number}`).digest("hex");
  const fresh = newRecord({
    ...{ id: newId(atMs), tenant: `tenant-${number % TENANTS}`, lane: "normal", nowMs: atMs },
    ...{ specBlob: hash("spec"), photoBlob: hash("photo"), lastStage: "encode", traceId: "" },
    labels: { photo: `photo-${number}.jpg`, album: `album-${number % 1_000}`, kind: "usual" },
    brief: briefOf(SPEC),
    work: {
      ...{ photoPixels: 12e6, depth: "auto", drawing: "layers", pixelFrames: 2e8 },
      outputs: [{ format: "mp4 h264", rate: "quality", size: 4e6 }],
    },
  });
  const ways: readonly JobState[] = ["DEPTH", "RENDER", "ENCODE", endOf(number)];
  const history = ways.map((state, i) => ({
    ...{ number: i + 2, atMs: atMs + 1_000 * (i + 1), state, reason: "" },
  }));
  const file = { width: 1280, height: 720, frames: 60, stage: "encode" as const };
  return {
    ...fresh,
    state: endOf(number),
    updatedAtMs: atMs + 5_000,
    history: [...fresh.history, ...history],
    progress: { depth: 1, render: 1, encode: 1 },
    artifacts: ["video.mp4", "poster.png"].map((name) => ({
      ...{ name, mediaType: "video/mp4", sizeBytes: 2_000_000, sha256: hash(name), ...file },
    })),
  };
}

function endOf(number: number): JobState {
  if (number % 10 === 3) return "FAILED";
  return number % 40 === 7 ? "CANCELLED" : "SUCCEEDED";
}
