/** Runs one job: uploads its files and follows it to its end. */
import type { DepthmeshClient } from "../client/client.js";
import { followJob } from "../client/follow-job.js";
import { type JobFiles, readFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { AUTO_MODEL } from "../models/registry.js";
import { type Job, type JobProgress, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { Connection } from "./connect.js";
import { isBroken } from "./interrupt.js";
import { removeUploads, uploadLarge } from "./large-files.js";
import { patient } from "./patient.js";
import { labelsOf } from "./photo-label.js";

/** The job must not keep a command from its end that has failed. */
const CANCEL_MS = 5_000;

export interface JobRequest {
  readonly spec: JobSpec;
  readonly files: JobFiles<string>;
  readonly requestId?: string;
}

export interface JobObserver {
  /** The job is durable. */
  readonly onJob?: (job: Job) => void;
  readonly onProgress?: (progress: JobProgress) => void;
}

/**
 * Creates the job and follows it to its end, as `follow` does. Throws the error of a worker that
 * the command's own mesh cannot start, and cancels the job then: the next mesh is not to surprise
 * the user with it.
 */
export async function runJob(
  connection: Connection,
  request: JobRequest,
  { onJob, onProgress }: JobObserver,
): Promise<Job> {
  const { client, signal } = connection;
  const job = await createJob(connection, request);
  onJob?.(job);
  try {
    return await follow(client, job.name, signal, onProgress);
  } catch (error) {
    if (isBroken(signal)) {
      await client.cancelJob(job.name, AbortSignal.timeout(CANCEL_MS)).catch(() => {});
    }
    throw error;
  }
}

/**
 * Waits until the workers of a temporary mesh serve if the job names a model: only they know which
 * are installed, and the gateway would refuse those that it does not know, or accept one that is
 * missing.
 */
export async function untilModelKnown(
  { untilServing }: Pick<Connection, "untilServing">,
  { model }: JobSpec,
): Promise<void> {
  if (model !== "" && model !== AUTO_MODEL) await untilServing();
}

/** Uploads the files. The job is durable when this resolves. */
async function createJob(
  connection: Connection,
  { spec, files, requestId }: JobRequest,
): Promise<Job> {
  await untilModelKnown(connection, spec);
  const { client, signal } = connection;
  const labels = labelsOf(files);
  const { sent, uploads } = await uploadLarge(client, files, signal);
  try {
    const options = { labels, signal, ...uploads };
    return await client.createJob(spec, readFiles(sent), requestId, options);
  } finally {
    // The job has the bytes, or it was refused and nobody needs them.
    await removeUploads(client, uploads);
  }
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
    for await (const { kind } of followJob(client, name, 0, patient(signal))) {
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
