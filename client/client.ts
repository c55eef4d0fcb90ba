/** The public API as the command uses it. */

import { chunksIn } from "../kit/rpc/chunks.js";
import {
  callClientStream,
  callUnary,
  meshClient,
  outgoingMetadata,
  readStream,
  sendRequests,
} from "../kit/rpc/client.js";
import {
  AdminServiceClient,
  type DeadLetter,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
} from "../proto/gen/depthmesh/v1/admin_service.js";
import {
  CatalogServiceClient,
  type ListEncodersResponse,
} from "../proto/gen/depthmesh/v1/catalog_service.js";
import {
  type ConvertResponse,
  ConvertServiceClient,
  type ConvertServiceClient as Converts,
} from "../proto/gen/depthmesh/v1/convert_service.js";
import type { Artifact, Job, JobEvent, JobStage } from "../proto/gen/depthmesh/v1/job.js";
import {
  type CreateJobRequest,
  JobServiceClient,
  type JobServiceClient as Jobs,
  type ListJobsResponse,
} from "../proto/gen/depthmesh/v1/job_service.js";
import {
  type ReadArtifactResponse,
  ResultServiceClient,
} from "../proto/gen/depthmesh/v1/result_service.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { Empty } from "../proto/gen/google/protobuf/empty.js";
import { type JobFiles, readFiles } from "./job-files.js";

export class DepthmeshClient {
  readonly #jobs: Jobs;
  readonly #results: ResultServiceClient;
  readonly #converts: Converts;
  readonly #catalog: CatalogServiceClient;
  readonly #admin: AdminServiceClient;

  constructor(address: string) {
    this.#jobs = meshClient(JobServiceClient, address);
    this.#results = meshClient(ResultServiceClient, address);
    this.#converts = meshClient(ConvertServiceClient, address);
    this.#catalog = meshClient(CatalogServiceClient, address);
    this.#admin = meshClient(AdminServiceClient, address);
  }

  close(): void {
    this.#jobs.close();
    this.#results.close();
    this.#converts.close();
    this.#catalog.close();
    this.#admin.close();
  }

  /**
   * Upload a job's files and make a job of them: for 24 hours the same one under the same request
   * id.
   */
  createJob(
    spec: JobSpec,
    files: JobFiles<AsyncIterable<Uint8Array>>,
    requestId = "",
  ): Promise<Job> {
    return callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => this.#jobs.createJob(metadata, callback),
      createRequests(spec, files, requestId),
    );
  }

  createJobFromFiles(spec: JobSpec, files: JobFiles<string>, requestId = ""): Promise<Job> {
    return this.createJob(spec, readFiles(files), requestId);
  }

  getJob(name: string): Promise<Job> {
    return callUnary((metadata, callback) => this.#jobs.getJob({ name }, metadata, callback));
  }

  listJobs(pageSize: number, pageToken: string): Promise<ListJobsResponse> {
    const request = { pageSize, pageToken, states: [] };
    return callUnary((metadata, callback) => this.#jobs.listJobs(request, metadata, callback));
  }

  cancelJob(name: string): Promise<Job> {
    return callUnary((metadata, callback) => this.#jobs.cancelJob({ name }, metadata, callback));
  }

  async deleteJob(name: string): Promise<void> {
    await callUnary<Empty>((metadata, callback) =>
      this.#jobs.deleteJob({ name }, metadata, callback),
    );
  }

  /** Another job that goes on where this one has ended. */
  retryJob(name: string, fromStage: JobStage, requestId = ""): Promise<Job> {
    const request = { name, fromStage, requestId };
    return callUnary((metadata, callback) => this.#jobs.retryJob(request, metadata, callback));
  }

  listDeadLetters(request: ListDeadLettersRequest): Promise<ListDeadLettersResponse> {
    return callUnary((metadata, callback) =>
      this.#admin.listDeadLetters(request, metadata, callback),
    );
  }

  getDeadLetter(name: string): Promise<DeadLetter> {
    return callUnary((metadata, callback) =>
      this.#admin.getDeadLetter({ name }, metadata, callback),
    );
  }

  redriveDeadLetter(name: string): Promise<Job> {
    return callUnary((metadata, callback) =>
      this.#admin.redriveDeadLetter({ name }, metadata, callback),
    );
  }

  async discardDeadLetter(name: string): Promise<void> {
    await callUnary<object>((metadata, callback) =>
      this.#admin.discardDeadLetter({ name }, metadata, callback),
    );
  }

  watchJob(name: string, afterEvent = 0, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    const request = { name, afterEvent };
    return readStream(this.#jobs.watchJob(request, outgoingMetadata()), signal);
  }

  /**
   * The first MP4 output as fragments while it is encoded, from `offset` on; an offset needs the
   * attempt that it is of. Throws STREAM_RESTARTED where another attempt begins.
   */
  followFragments(
    name: string,
    { offset = 0, limit = 0, attempt = "" } = {},
    signal?: AbortSignal,
  ): Promise<{ attempt: string; chunks: AsyncIterable<Uint8Array> }> {
    const request = {
      name: `${name}/artifacts/fragments.mp4`,
      ...{ offset, limit, attempt, follow: true },
    };
    const call = this.#results.readArtifact(request, outgoingMetadata());
    return followedBytes(readStream(call, signal));
  }

  /**
   * Upload a job's files and get everything of its conversion as it comes. Leaving the loop cancels
   * the job.
   */
  async *convert(
    spec: JobSpec,
    files: JobFiles<AsyncIterable<Uint8Array>>,
    signal?: AbortSignal,
    requestId = "",
  ): AsyncGenerator<ConvertResponse> {
    const call = this.#converts.convert(outgoingMetadata());
    const sent = sendRequests(call, createRequests(spec, files, requestId));
    // A server that refuses early ends the call; its error is the reader's.
    sent.catch(() => call.cancel());
    yield* readStream<ConvertResponse>(call, signal);
    await sent;
  }

  listEncoders(): Promise<ListEncodersResponse> {
    return callUnary((metadata, callback) => this.#catalog.listEncoders({}, metadata, callback));
  }

  /** The artifact's facts, and its bytes as chunks. */
  async readArtifact(
    name: string,
    signal?: AbortSignal,
  ): Promise<{ artifact: Artifact; chunks: AsyncIterable<Uint8Array> }> {
    const request = { name, offset: 0, limit: 0, follow: false, attempt: "" };
    const responses = readStream(this.#results.readArtifact(request, outgoingMetadata()), signal);
    const first = await responses.next();
    const kind = first.done ? undefined : first.value.kind;
    if (kind?.$case !== "artifact") throw new Error("the server sent no artifact header");
    return { artifact: kind.value, chunks: chunksIn(responses) };
  }
}

/** Bytes of a job's fragments and the attempt that they are of. */
async function followedBytes(responses: AsyncGenerator<ReadArtifactResponse>) {
  const first = await responses.next();
  const kind = first.done ? undefined : first.value.kind;
  if (kind?.$case !== "followed") throw new Error("the server sent no header");
  return { attempt: kind.value.attempt, chunks: chunksIn(responses) };
}

async function* createRequests(
  spec: JobSpec,
  { photo, depthMap, sound }: JobFiles<AsyncIterable<Uint8Array>>,
  requestId: string,
): AsyncGenerator<CreateJobRequest> {
  const header = { spec, requestId, validateOnly: false, hasSound: sound !== undefined };
  yield { kind: { $case: "header", value: header } };
  for await (const chunk of photo) yield { kind: { $case: "chunk", value: bufferOf(chunk) } };
  for await (const chunk of depthMap ?? []) {
    yield { kind: { $case: "depthChunk", value: bufferOf(chunk) } };
  }
  for await (const chunk of sound ?? []) {
    yield { kind: { $case: "soundChunk", value: bufferOf(chunk) } };
  }
}

function bufferOf(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
