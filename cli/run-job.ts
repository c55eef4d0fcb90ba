/** Runs one job: uploads its files and follows it to its end. */
import type { DepthmeshClient } from "../client/client.js";
import type { JobFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Job, type JobProgress, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { labelsOf } from "./photo-label.js";

export interface JobRequest {
  readonly spec: JobSpec;
  readonly files: JobFiles<string>;
  readonly requestId?: string;
}

/** Uploads the files. The job is durable when this resolves. */
export function createJob(
  client: DepthmeshClient,
  { spec, files, requestId }: JobRequest,
  signal: AbortSignal,
): Promise<Job> {
  return client.createJobFromFiles(spec, files, requestId, { labels: labelsOf(files), signal });
}

/**
 * Follows the job to its end and returns it. Throws the job's error when it fails, and the signal's
 * reason when that fires: the job then goes on.
 */
export async function follow(
  client: DepthmeshClient,
  name: string,
  signal: AbortSignal,
  onProgress: (progress: JobProgress) => void = () => {},
): Promise<Job> {
  try {
    for await (const { kind } of client.watchJob(name, 0, signal)) {
      if (kind?.$case === "progress") onProgress(kind.value);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  signal.throwIfAborted();
  const job = await client.getJob(name);
  assertSucceeded(job);
  return job;
}

/** Throws the error of a job that has ended without a result. */
export function assertSucceeded(job: Job): void {
  const { state, error } = job;
  if (state === JobState.JOB_STATE_SUCCEEDED) return;
  if (state === JobState.JOB_STATE_CANCELLED) {
    throw new DepthmeshError("JOB_CANCELLED", "the job was cancelled");
  }
  throw (
    (error && fromRpcStatus(error)) ??
    new DepthmeshError("INTERNAL", "the job ended without a result")
  );
}
