/** The public API as the command uses it. */
import { createReadStream } from "node:fs";
import { FILE_CHUNK_BYTES } from "../kit/chunks.js";
import {
  callClientStream,
  callUnary,
  meshClient,
  outgoingMetadata,
  readStream,
} from "../kit/rpc/client.js";
import type { Artifact, Job, JobEvent } from "../proto/gen/depthmesh/v1/job.js";
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

export class DepthmeshClient {
  readonly #jobs: Jobs;
  readonly #results: ResultServiceClient;

  constructor(address: string) {
    this.#jobs = meshClient(JobServiceClient, address);
    this.#results = meshClient(ResultServiceClient, address);
  }

  close(): void {
    this.#jobs.close();
    this.#results.close();
  }

  /** Upload a photo's bytes, and those of the depth map that the spec announces, and make a job of them. */
  createJob(
    spec: JobSpec,
    photo: AsyncIterable<Uint8Array>,
    depthMap?: AsyncIterable<Uint8Array>,
  ): Promise<Job> {
    return callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => this.#jobs.createJob(metadata, callback),
      createRequests(spec, photo, depthMap),
    );
  }

  createJobFromFile(spec: JobSpec, photo: string, depthMap?: string): Promise<Job> {
    const read = (path: string) => createReadStream(path, { highWaterMark: FILE_CHUNK_BYTES });
    return this.createJob(spec, read(photo), depthMap === undefined ? undefined : read(depthMap));
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

  watchJob(name: string, afterEvent = 0, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    const request = { name, afterEvent };
    return readStream(this.#jobs.watchJob(request, outgoingMetadata()), signal);
  }

  /** The artifact's facts, and its bytes as chunks. */
  async readArtifact(
    name: string,
  ): Promise<{ artifact: Artifact; chunks: AsyncIterable<Uint8Array> }> {
    const request = { name, offset: 0, limit: 0 };
    const responses = readStream(this.#results.readArtifact(request, outgoingMetadata()));
    const first = await responses.next();
    const kind = first.done ? undefined : first.value.kind;
    if (kind?.$case !== "artifact") throw new Error("the server sent no artifact header");
    return { artifact: kind.value, chunks: chunksIn(responses) };
  }
}

async function* createRequests(
  spec: JobSpec,
  photo: AsyncIterable<Uint8Array>,
  depthMap: AsyncIterable<Uint8Array> | undefined,
): AsyncGenerator<CreateJobRequest> {
  const header = { spec, requestId: "", validateOnly: false };
  yield { kind: { $case: "header", value: header } };
  for await (const chunk of photo) {
    const value = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    yield { kind: { $case: "chunk", value } };
  }
  for await (const chunk of depthMap ?? []) {
    const value = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    yield { kind: { $case: "depthChunk", value } };
  }
}

async function* chunksIn(responses: AsyncIterable<ReadArtifactResponse>) {
  for await (const { kind } of responses) {
    if (kind?.$case === "chunk") yield kind.value;
  }
}
