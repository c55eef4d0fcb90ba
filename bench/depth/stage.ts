/** A mesh with a depth worker only; the trace of each job says how long its steps took. */
import { chunksOf } from "../../kit/rpc/chunks.js";
import type { MeshAccess } from "../../kit/rpc/mesh-access.js";
import { readTrace } from "../../kit/telemetry/trace-files.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { descendants, processorSeconds } from "../../testing/process-facts.js";
import { startBenchMesh, uncachedSpec } from "../bench-mesh.js";

export interface DepthStage {
  /** host:port of the depth service. */
  readonly address: string;
  readonly access: MeshAccess;
  /** Runs the depth stage of a job for a video of this size; returns milliseconds by span name. */
  run(photo: Uint8Array, width: number, height: number, model?: string): Promise<Spans>;
  /**
   * Processor time of the depth service and its decoding process since they began, in steps of 10.
   */
  processorMs(): Promise<number>;
  close(): Promise<void>;
}

export type Spans = ReadonlyMap<string, number>;

export async function startDepthStage(environment: Record<string, string>): Promise<DepthStage> {
  const { mesh, client, stop } = await startBenchMesh({ render: 0, encode: 0, environment });
  return {
    address: mesh.children("depth")[0]?.address ?? "",
    access: mesh.access.mesh,
    run: async (photo, width, height, model = "") => {
      const spec = uncachedSpec({ model, clip: { width, height } });
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
    processorMs: async () => {
      const pid = mesh.children("depth")[0]?.pid ?? Number.NaN;
      const pids = [pid, ...(await descendants(pid)).map((child) => child.pid)];
      const seconds = await Promise.all(pids.map(processorSeconds));
      return 1000 * seconds.reduce((sum, each) => sum + each, 0);
    },
    close: stop,
  };
}

async function* oneFile(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes);
}
