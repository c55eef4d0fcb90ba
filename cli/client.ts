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
import {
  CatalogServiceClient,
  type ListEncodersResponse,
} from "../proto/gen/depthmesh/v1/catalog_service.js";
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
  readonly #catalog: CatalogServiceClient;

  constructor(address: string) {
    this.#jobs = meshClient(JobServiceClient, address);
    this.#results = meshClient(ResultServiceClient, address);
    this.#catalog = meshClient(CatalogServiceClient, address);
  }

  close(): void {
    this.#jobs.close();
    this.#results.close();
    this.#catalog.close();
  }

  /** Upload a photo's bytes, and those of a sound if there is one, and make a job of them. */
  createJob(
    spec: JobSpec,
    photo: AsyncIterable<Uint8Array>,
    sound?: AsyncIterable<Uint8Array>,
  ): Promise<Job> {
    return callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => this.#jobs.createJob(metadata, callback),
      createRequests(spec, photo, sound),
    );
  }

  createJobFromFile(spec: JobSpec, path: string, sound?: string): Promise<Job> {
    const read = (file: string) => createReadStream(file, { highWaterMark: FILE_CHUNK_BYTES });
    return this.createJob(spec, read(path), sound === undefined ? undefined : read(sound));
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

  listEncoders(): Promise<ListEncodersResponse> {
    return callUnary((metadata, callback) => this.#catalog.listEncoders({}, metadata, callback));
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
  sound?: AsyncIterable<Uint8Array>,
): AsyncGenerator<CreateJobRequest> {
  const header = { spec, requestId: "", validateOnly: false, hasSound: sound !== undefined };
  yield { kind: { $case: "header", value: header } };
  for await (const chunk of photo) yield { kind: { $case: "chunk", value: bufferOf(chunk) } };
  for await (const chunk of sound ?? []) {
    yield { kind: { $case: "soundChunk", value: bufferOf(chunk) } };
  }
}

function bufferOf(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

async function* chunksIn(responses: AsyncIterable<ReadArtifactResponse>) {
  for await (const { kind } of responses) {
    if (kind?.$case === "chunk") yield kind.value;
  }
}
