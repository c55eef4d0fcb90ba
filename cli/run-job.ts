/** Carries one job from upload to its files, with progress on the way; Ctrl-C cancels it. */
import { createWriteStream } from "node:fs";
import { mkdir, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { DepthmeshClient } from "../client/client.js";
import type { JobFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Artifact, type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
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
  return interruptibly(async (signal) => {
    const name = `${job.name}/artifacts/${artifactName}`;
    const { artifact, chunks } = await client.readArtifact(name, signal);
    await writeWhole(path, chunks);
    return artifact;
  });
}

/** Work whose signal fires at Ctrl-C, instead of the end of the process. */
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

/** Write a file, or the one that a link leads to, whole or not at all: what is broken off leaves nothing. */
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
