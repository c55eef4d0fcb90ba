/** Runs one job: uploads its files, shows its progress and downloads results. Ctrl-C cancels it. */
import { createWriteStream } from "node:fs";
import { mkdir, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { DepthmeshClient, JobFiles } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Artifact, type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { progressView } from "./progress.js";

/** Uploads the files and follows the job to its end. Throws the job's error when it fails. */
export async function runJob(
  client: DepthmeshClient,
  spec: JobSpec,
  files: JobFiles<string>,
  requestId = "",
): Promise<Job> {
  const job = await client.createJobFromFiles(spec, files, requestId);
  const cancel = () => void client.cancelJob(job.name).catch(() => {});
  process.once("SIGINT", cancel);
  try {
    await follow(client, job.name);
  } finally {
    process.off("SIGINT", cancel);
  }
  return client.getJob(job.name);
}

/** Throws where a job has ended and its result is missing. */
export function assertSucceeded(job: Job): void {
  if (job.state === JobState.JOB_STATE_SUCCEEDED) return;
  throw new DepthmeshError("INTERNAL", "the job ended without a result");
}

/** Shows progress until the job ends. Throws the job's error when it fails. */
export async function follow(client: DepthmeshClient, name: string): Promise<void> {
  const view = progressView();
  try {
    for await (const { kind } of client.watchJob(name)) {
      if (kind?.$case === "progress") view.show(kind.value);
      if (kind?.$case !== "stateChange") continue;
      const { state, error } = kind.value;
      if (state === JobState.JOB_STATE_CANCELLED) {
        throw new DepthmeshError("JOB_CANCELLED", "the job was cancelled");
      }
      if (state === JobState.JOB_STATE_FAILED || state === JobState.JOB_STATE_EXPIRED) {
        throw (error && fromRpcStatus(error)) ?? new DepthmeshError("INTERNAL", "the job failed");
      }
    }
  } finally {
    view.close();
  }
}

/** Writes an artifact of the job to a file. */
export async function download(
  client: DepthmeshClient,
  job: Job,
  artifactName: string,
  path: string,
): Promise<Artifact> {
  return interruptibly(async (signal) => {
    const name = `${job.name}/artifacts/${artifactName}`;
    const { artifact, chunks } = await client.readArtifact(name, signal);
    await writeWhole(path, chunks);
    return artifact;
  });
}

/** Runs `work`. Ctrl-C aborts its signal; the process does not exit. */
export async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/**
 * Writes a file completely or not at all: the bytes go to a temporary file beside it, which then
 * replaces it. A symbolic link is followed.
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const target = await realpath(path).catch(() => path);
  const partial = `${target}.part`;
  try {
    await pipeline(chunks, createWriteStream(partial));
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}
