/** A caller who does not give up: the same request again until it is answered. */
import { createHash } from "node:crypto";
import { setTimeout as pause, setTimeout as sleep } from "node:timers/promises";
import { DepthmeshError, type Reason, toDepthmeshError } from "../../core/errors.js";
import {
  callClientStream,
  callUnary,
  meshClient,
  outgoingMetadata,
  readStream,
} from "../../kit/rpc/client.js";
import type { Artifact, Job } from "../../proto/gen/depthmesh/v1/job.js";
import {
  type CreateJobRequest,
  JobServiceClient,
  type JobServiceClient as Jobs,
} from "../../proto/gen/depthmesh/v1/job_service.js";
import { ResultServiceClient } from "../../proto/gen/depthmesh/v1/result_service.js";
import type { JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { type JobPlan, specOf } from "../plan/job.js";
import { breakPixels, drawPhoto } from "../plan/photo.js";

const CALL_MS = 5_000;
const RETRY_MS = 200;
/** So small that an upload of a small photo has several. */
const CHUNK_BYTES = 4_096;
/** What asking again can mend. A call that this side gave up is JOB_CANCELLED, a connection that broke INTERNAL. */
const PASSING: ReadonlySet<Reason> = new Set([
  "SERVICE_UNAVAILABLE",
  "BUS_UNAVAILABLE",
  "STORAGE_FULL",
  "DRAINING",
  "RATE_LIMITED",
  "QUEUE_FULL",
  "JOB_CANCELLED",
  "JOB_DEADLINE_EXCEEDED",
  "INTERNAL",
]);

export interface Request {
  readonly id: string;
  readonly spec: JobSpec;
  readonly photo: Uint8Array;
}

export class PersistentClient {
  readonly #jobs: Jobs;
  readonly #results: ResultServiceClient;

  constructor(address: string) {
    this.#jobs = meshClient(JobServiceClient, address);
    this.#results = meshClient(ResultServiceClient, address);
  }

  /** Throws what asking again does not mend, and the signal's reason. */
  createJob(request: Request, signal: AbortSignal): Promise<Job> {
    return persist(signal, (attempt) =>
      callClientStream<CreateJobRequest, Job>(
        (metadata, callback) => this.#jobs.createJob(metadata, callback),
        messagesOf(request),
        attempt,
      ),
    );
  }

  /** Whether the job is cancelled now; false when it had ended before. */
  async cancelJob(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await persist(signal, (attempt) =>
        callUnary(
          (metadata, callback) => this.#jobs.cancelJob({ name }, metadata, callback),
          attempt,
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof DepthmeshError && error.reason === "JOB_ALREADY_TERMINAL") return false;
      throw error;
    }
  }

  getJob(name: string, signal: AbortSignal): Promise<Job> {
    return persist(signal, (attempt) =>
      callUnary((metadata, callback) => this.#jobs.getJob({ name }, metadata, callback), attempt),
    );
  }

  /** An artifact's bytes, and what they are. */
  readArtifact(name: string, signal: AbortSignal): Promise<ReadBack> {
    return persist(signal, async (attempt) => {
      const request = { name, offset: 0, limit: 0, follow: false, attempt: "" };
      const call = this.#results.readArtifact(request, outgoingMetadata());
      const chunks: Uint8Array[] = [];
      let artifact: Artifact | undefined;
      for await (const { kind } of readStream(call, attempt)) {
        if (kind?.$case === "artifact") artifact = kind.value;
        if (kind?.$case === "chunk") chunks.push(kind.value);
      }
      if (!artifact) throw new DepthmeshError("INTERNAL", "no artifact header came");
      const bytes = Buffer.concat(chunks);
      return { artifact, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
    });
  }

  close(): void {
    this.#jobs.close();
    this.#results.close();
  }
}

export interface ReadBack {
  readonly artifact: Artifact;
  readonly bytes: Buffer;
  readonly sha256: string;
}

async function persist<T>(
  signal: AbortSignal,
  call: (attempt: AbortSignal) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await call(AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]));
    } catch (error) {
      signal.throwIfAborted();
      if (!PASSING.has(toDepthmeshError(error).reason)) throw error;
      await pause(RETRY_MS, undefined, { signal });
    }
  }
}

async function* messagesOf({ id, spec, photo }: Request): AsyncGenerator<CreateJobRequest> {
  const header = { spec, requestId: id, validateOnly: false, hasSound: false };
  yield { kind: { $case: "header", value: header } };
  for (let offset = 0; offset < photo.length; offset += CHUNK_BYTES) {
    const value = Buffer.from(photo.subarray(offset, offset + CHUNK_BYTES));
    yield { kind: { $case: "chunk", value } };
  }
}

/** A job as its caller knows it. */
export interface Submitted {
  readonly plan: JobPlan;
  readonly id: string;
  /** A cancel was answered with success. */
  readonly cancelled: boolean;
  /** What the caller was told wrongly. */
  readonly complaints: readonly string[];
}

/** Resolves when all of it is answered. Throws what asking again does not mend, and the signal's reason. */
export async function callFor(
  client: PersistentClient,
  plan: JobPlan,
  requestId: string,
  accepted: (id: string) => void,
  signal: AbortSignal,
): Promise<Submitted> {
  const whole = await drawPhoto(plan.photoSeed);
  const photo = plan.isCorrupt ? breakPixels(whole) : whole;
  const request = { id: requestId, spec: specOf(plan), photo };
  await sleep(plan.submitAtMs, undefined, { signal });
  const { name } = await client.createJob(request, signal);
  const id = name.slice("jobs/".length);
  accepted(id);
  const complaints: string[] = [];
  if (plan.isRepeated) {
    const again = await client.createJob(request, signal);
    if (again.name !== name) complaints.push(`the same request made ${again.name} too`);
  }
  if (plan.cancelAfterMs === undefined) return { plan, id, cancelled: false, complaints };
  await sleep(plan.cancelAfterMs, undefined, { signal });
  return { plan, id, cancelled: await client.cancelJob(name, signal), complaints };
}
