/**
 * The client of a run: it repeats each request until the mesh answers, because faults make calls
 * fail. `submitJob` does everything that a run does with one job.
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DepthmeshError } from "../../core/errors.js";
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
import { breakPixels, grainPng } from "../../testing/photos.js";
import { type JobPlan, specOf } from "../plan/job.js";
import { hasReason, persist } from "./persist.js";
import { UploadClient } from "./upload-client.js";

/** Small, so that even the upload of a small photo has several chunks. */
const CHUNK_BYTES = 4_096;
interface Request {
  readonly id: string;
  readonly spec: JobSpec;
  readonly photo: Uint8Array;
  /** `uploads/<id>`: it has the photo. */
  readonly upload?: string | undefined;
}

export class PersistentClient {
  readonly #jobs: Jobs;
  readonly #results: ResultServiceClient;
  readonly #uploads: UploadClient;

  /** `address`: of one gateway, or of several with commas between. */
  constructor(address: string) {
    this.#uploads = new UploadClient(address);
    this.#jobs = meshClient(JobServiceClient, address);
    this.#results = meshClient(ResultServiceClient, address);
  }

  /** Throws the errors that are not transient, and the signal's reason. */
  createJob(request: Request, signal: AbortSignal): Promise<Job> {
    return persist(signal, (attempt) =>
      callClientStream<CreateJobRequest, Job>(
        (metadata, callback) => this.#jobs.createJob(metadata, callback),
        messagesOf(request),
        attempt,
      ),
    );
  }

  /**
   * The same for a photo that is uploaded in parts before, by all gateways in turn. Another upload
   * is begun and left alone.
   */
  async createJobByUpload(request: Request, signal: AbortSignal): Promise<Job> {
    await this.#uploads.abandon(request.photo, `${request.id} left`, signal);
    for (let attempt = 0; ; attempt++) {
      const name = `${request.id} ${attempt}`;
      const upload = await this.#uploads.upload(request.photo, name, signal);
      try {
        return await this.createJob({ ...request, upload }, signal);
      } catch (error) {
        // It took so long that the upload has expired.
        if (!hasReason(error, ["UPLOAD_NOT_FOUND", "UPLOAD_EXPIRED"])) throw error;
      }
    }
  }

  /** True when the job was cancelled; false when it had already ended. */
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

  /** Downloads an artifact and hashes it. */
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
      if (!artifact) throw new DepthmeshError("INTERNAL", "the server sent no artifact header");
      const bytes = Buffer.concat(chunks);
      return { artifact, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
    });
  }

  close(): void {
    this.#jobs.close();
    this.#results.close();
    this.#uploads.close();
  }
}

/** An artifact as it was downloaded. */
export interface ReadBack {
  readonly artifact: Artifact;
  readonly bytes: Buffer;
  readonly sha256: string;
}

async function* messagesOf({ id, spec, photo, upload }: Request): AsyncGenerator<CreateJobRequest> {
  const header = {
    spec,
    requestId: id,
    validateOnly: false,
    hasSound: false,
    labels: {},
    webhooks: [],
    ...(upload !== undefined && { photoUpload: upload }),
  };
  yield { kind: { $case: "header", value: header } };
  if (upload !== undefined) return;
  for (let offset = 0; offset < photo.length; offset += CHUNK_BYTES) {
    const value = Buffer.from(photo.subarray(offset, offset + CHUNK_BYTES));
    yield { kind: { $case: "chunk", value } };
  }
}

/** A job as the client that submitted it knows it. */
export interface Submitted {
  readonly plan: JobPlan;
  readonly id: string;
  /** The mesh confirmed that it cancelled the job. */
  readonly cancelled: boolean;
  /** Wrong answers of the mesh, as sentences. */
  readonly complaints: readonly string[];
}

/**
 * Submits a job, repeats the request and cancels the job where the plan says so. Resolves when the
 * mesh has answered all of it.
 */
export async function submitJob(
  client: PersistentClient,
  plan: JobPlan,
  requestId: string,
  accepted: (id: string) => void,
  signal: AbortSignal,
): Promise<Submitted> {
  const whole = await grainPng(plan.photoSeed);
  const photo = plan.isCorrupt ? breakPixels(whole) : whole;
  const request = { id: requestId, spec: specOf(plan), photo };
  await sleep(plan.submitAtMs, undefined, { signal });
  const create = () =>
    plan.isUploaded ? client.createJobByUpload(request, signal) : client.createJob(request, signal);
  const { name } = await create();
  const id = name.slice("jobs/".length);
  accepted(id);
  const complaints: string[] = [];
  if (plan.isRepeated) {
    const again = await create();
    if (again.name !== name)
      complaints.push(`the repeated request created a second job, ${again.name}`);
  }
  if (plan.cancelAfterMs === undefined) return { plan, id, cancelled: false, complaints };
  await sleep(plan.cancelAfterMs, undefined, { signal });
  return { plan, id, cancelled: await client.cancelJob(name, signal), complaints };
}
