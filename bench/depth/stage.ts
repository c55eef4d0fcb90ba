/** A real depth service in a mesh, given one job after another; where the time went comes from each job's trace. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DepthmeshClient } from "../../client/client.js";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { readTrace } from "../../kit/telemetry/waterfall.js";
import { Mesh } from "../../launcher/mesh.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";

export interface DepthStage {
  /** host:port of the depth service's own gRPC server. */
  readonly address: string;
  /** Milliseconds by span name of one job for a video of this size. */
  run(photo: Uint8Array, width: number, height: number, model?: string): Promise<Spans>;
  close(): Promise<void>;
}

export type Spans = ReadonlyMap<string, number>;

export async function startDepthStage(environment: Record<string, string>): Promise<DepthStage> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const mesh = await Mesh.start({
    ...{ data: join(folder, "data"), depth: 1, render: 0, encode: 0, port: 0, logs: "file" },
    environment,
  });
  const client = new DepthmeshClient(mesh.address);
  return {
    address: mesh.children("depth")[0]?.address ?? "",
    run: async (photo, width, height, model = "") => {
      const spec = JobSpec.fromPartial({
        model,
        clip: { width, height },
        cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
      });
      const job = await client.createJob(spec, { photo: oneFile(photo) });
      for await (const { kind } of client.watchJob(job.name)) {
        if (kind?.$case === "progress" && kind.value.depth >= 1) break;
        if (kind?.$case === "stateChange" && kind.value.state === JobState.JOB_STATE_FAILED) {
          throw new Error(`the job failed: ${kind.value.reason}`);
        }
      }
      const spans = new Map<string, number>();
      for (const { name, durationMs } of readTrace(mesh.traces, job.traceId)) {
        spans.set(name, (spans.get(name) ?? 0) + durationMs);
      }
      await client.cancelJob(job.name);
      return spans;
    },
    close: async () => {
      client.close();
      await mesh.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function* oneFile(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes);
}
