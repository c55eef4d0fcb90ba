/** Carries one job from upload to its files, with progress on the way; Ctrl-C cancels it. */
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { DepthmeshError } from "../kit/errors.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Artifact, type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { DepthmeshClient } from "./client.js";
import type { JobFiles } from "./job-files.js";
import { progressView } from "./progress.js";

/** Upload, follow to the end. Throws the job's error when it does not succeed. */
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

/** Show progress until the job ends. */
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

/** Write an artifact of the job to a file. */
export async function download(
  client: DepthmeshClient,
  job: Job,
  artifactName: string,
  path: string,
): Promise<Artifact> {
  const { artifact, chunks } = await client.readArtifact(`${job.name}/artifacts/${artifactName}`);
  await writeWhole(path, chunks);
  return artifact;
}

/** Write a file, whole or not at all: what is broken off, by Ctrl-C too, leaves nothing. */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.part`;
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  try {
    await pipeline(chunks, createWriteStream(partial), { signal: stop.signal });
    await rename(partial, path);
  } finally {
    process.off("SIGINT", interrupt);
    await rm(partial, { force: true });
  }
}
