/** Reading jobs. */
import { DepthmeshError, isReason, rangeError, toDepthmeshError } from "../../../core/errors.js";
import type { JobSpec } from "../../../core/spec/spec.js";
import { collect } from "../../../kit/rpc/chunks.js";
import { jobNotFound, parseJobName } from "../../../pipeline/record/id.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { isTerminal } from "../../../pipeline/record/record.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import type {
  ListJobsRequest,
  ListJobsResponse,
} from "../../../proto/gen/depthmesh/v1/job_service.js";
import { toWireJob, toWireState } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import type { Maintenance } from "../maintenance/maintenance.js";

/** Throws JOB_NOT_FOUND. */
export async function readRecord({ store }: GatewayContext, name: string): Promise<JobRecord> {
  const id = parseJobName(name);
  const found = await store.read(id);
  if (!found) throw jobNotFound(id);
  return found.record;
}

/** The public job of a record: its spec is a blob. One that is lost must not hide the job, nor all others of a list. */
export async function presentJob({ blobs, log }: GatewayContext, record: JobRecord): Promise<Job> {
  try {
    const json = Buffer.from(await collect(blobs.read(record.specBlob))).toString();
    return toWireJob(record, JSON.parse(json) as JobSpec);
  } catch (error) {
    if (toDepthmeshError(error).reason !== "BLOB_NOT_FOUND") throw error;
    log.error({ job: record.id, blob: record.specBlob }, "the spec of a job is lost");
    return toWireJob(record, undefined);
  }
}

export async function listJobs(
  context: GatewayContext,
  request: ListJobsRequest,
): Promise<ListJobsResponse> {
  const { pageToken, states } = request;
  const size = pageSizeOf(request);
  const jobs: Job[] = [];
  // Ids sort by time: a page begins below the last id of the one before.
  for (const id of await context.store.ids()) {
    if (pageToken !== "" && id >= pageToken) continue;
    if (jobs.length === size) return { jobs, nextPageToken: lastId(jobs) };
    const found = await context.store.read(id);
    if (!found) continue;
    if (states.length > 0 && !states.includes(toWireState(found.record.state))) continue;
    const job = await presentJob(context, found.record);
    // They can be a hundred times as long as the rest, and a page must fit into one message.
    if (job.spec) job.spec.motions = [];
    jobs.push(job);
  }
  return { jobs, nextPageToken: "" };
}

function lastId(jobs: readonly Job[]): string {
  return jobs.at(-1)?.name.slice("jobs/".length) ?? "";
}

/** Its files go with the next sweep, but those that a cache names, which forgets them by itself. Throws JOB_NOT_FOUND, or JOB_NOT_READY for a job that has not ended. */
export async function deleteJob(
  context: GatewayContext,
  worker: Maintenance,
  name: string,
): Promise<void> {
  const record = await readRecord(context, name);
  if (!isTerminal(record)) {
    throw new DepthmeshError("JOB_NOT_READY", "the job has not ended: cancel it first", {
      metadata: { job: record.id, state: record.state },
    });
  }
  // A record that goes at once may take its end with it, unheard by every watch.
  await worker.untilTold(record);
  await context.store.remove(record.id);
}

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/** 0 is the default. Throws PARAMETER_OUT_OF_RANGE. */
export function pageSizeOf({ pageSize }: { readonly pageSize: number }): number {
  if (pageSize >= 0 && pageSize <= MAX_PAGE_SIZE) return pageSize || DEFAULT_PAGE_SIZE;
  const message = `page_size is ${pageSize}; it must be 0 to ${MAX_PAGE_SIZE}`;
  throw rangeError("page_size", pageSize, { maximum: MAX_PAGE_SIZE }, message);
}

/** Throws the job's own error, or JOB_CANCELLED. */
export function assertSucceeded({ state, error }: JobRecord): void {
  if (state === "SUCCEEDED") return;
  if (error) {
    const reason = isReason(error.reason) ? error.reason : "INTERNAL";
    throw new DepthmeshError(reason, error.message, { metadata: { ...error.metadata } });
  }
  throw new DepthmeshError("JOB_CANCELLED", "the job was cancelled");
}
