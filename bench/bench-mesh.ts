/** A mesh for a bench, with its data in a temporary folder, and the jobs that benches run on it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DepthmeshClient } from "../client/client.js";
import { Mesh } from "../launcher/mesh.js";
import type { MeshOptions } from "../launcher/mesh-options.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { CachePolicy, type DeepPartial, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../testing/photos.js";

export interface BenchMesh {
  readonly mesh: Mesh;
  readonly client: DepthmeshClient;
  /** A folder for files of the bench; it is deleted with the mesh. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts one worker per stage, unless `options` says otherwise. */
export async function startBenchMesh(options: Partial<MeshOptions> = {}): Promise<BenchMesh> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const mesh = await Mesh.start({
    ...{ data: join(folder, "data"), depth: 1, render: 1, encode: 1, port: 0, logs: "file" },
    ...options,
  });
  const client = new DepthmeshClient(mesh.address);
  const stop = async () => {
    client.close();
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { mesh, client, folder, stop };
}

/** The size, length and frame rate of a clip. */
export function clipOf(
  width: number,
  height: number,
  durationSeconds: number,
  framesPerSecond: number,
) {
  const frameRate = { numerator: framesPerSecond, denominator: 1 };
  return { width, height, durationSeconds, frameRate };
}

/** A specification whose results never come from the cache. */
export function uncachedSpec(spec: DeepPartial<JobSpec>): JobSpec {
  return JobSpec.fromPartial({ ...spec, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS });
}

/** Runs a job to its end. Throws when it does not succeed within `timeoutMs`. */
export async function runToEnd(
  client: DepthmeshClient,
  spec: JobSpec,
  photo: Photo,
  timeoutMs: number,
): Promise<Job> {
  const { name } = await client.createJobFromFiles(spec, { photo: photo.path });
  for await (const _ of client.watchJob(name, 0, AbortSignal.timeout(timeoutMs))) {
    // The stream ends with the job.
  }
  const job = await client.getJob(name);
  if (job.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`${name} did not succeed`);
  return job;
}

/** Calls `run` repeatedly, `inFlight` at a time, as long as `hasMore` returns true. */
export async function keepInFlight(
  inFlight: number,
  hasMore: () => boolean,
  run: () => Promise<void>,
): Promise<void> {
  const lane = async () => {
    while (hasMore()) await run();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
