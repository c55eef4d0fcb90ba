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
  type GetMeshStatusResponse,
  type ListCacheEntriesRequest,
  type ListCacheEntriesResponse,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
  type PurgeCacheRequest,
  type PurgeCacheResponse,
} from "../proto/gen/depthmesh/v1/admin_service.js";
import {
  CatalogServiceClient,
  type ListEncodersResponse,
  type ListModelsResponse,
  type ListPresetsResponse,
} from "../proto/gen/depthmesh/v1/catalog_service.js";
import {
  type ConvertResponse,
  ConvertServiceClient,
} from "../proto/gen/depthmesh/v1/convert_service.js";
import type { Artifact, Job, JobEvent, JobStage, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  type CreateJobRequest,
  JobServiceClient,
  type ListJobsResponse,
} from "../proto/gen/depthmesh/v1/job_service.js";
import { ResultServiceClient } from "../proto/gen/depthmesh/v1/result_service.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { Empty } from "../proto/gen/google/protobuf/empty.js";
import { type CreateOptions, createRequests, type JobFiles, readFiles } from "./job-files.js";

export interface ListOptions {
  /** Only jobs in one of these states; all by default. */
  readonly states?: readonly JobState[];
  readonly signal?: AbortSignal | undefined;
}

/** Call `close` when it is no longer needed; otherwise its connection keeps the process alive. */
export class DepthmeshClient {
  readonly #jobs: JobServiceClient;
  readonly #results: ResultServiceClient;
  readonly #converts: ConvertServiceClient;
  readonly #catalog: CatalogServiceClient;
  readonly #admin: AdminServiceClient;

  /** `address` is the gateway's host:port. It connects at the first call. */
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
   * Uploads the files and creates a job. Resolves when the job is accepted; it runs afterwards.
   * Calls with the same non-empty `requestId` create one job; the server remembers the id for 24
   * hours.
   */
  createJob(
    spec: JobSpec,
    files: JobFiles<AsyncIterable<Uint8Array>>,
    requestId = "",
    options: CreateOptions = {},
  ): Promise<Job> {
    return callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => this.#jobs.createJob(metadata, callback),
      createRequests(spec, files, requestId, options),
      options.signal,
    );
  }

  /** Like `createJob`, with the files given as paths. */
  createJobFromFiles(
    spec: JobSpec,
    files: JobFiles<string>,
    requestId = "",
    options: CreateOptions = {},
  ): Promise<Job> {
    return this.createJob(spec, readFiles(files), requestId, options);
  }

  /**
   * The current state of a job. `name` is `jobs/<id>`, here and below. `signal` ends the call, here
   * and below.
   */
  getJob(name: string, signal?: AbortSignal): Promise<Job> {
    return callUnary((metadata, done) => this.#jobs.getJob({ name }, metadata, done), signal);
  }

  /**
   * One page of the jobs, newest first. `pageToken` comes from the page before; "" for the first.
   */
  listJobs(
    pageSize: number,
    pageToken: string,
    { states = [], signal }: ListOptions = {},
  ): Promise<ListJobsResponse> {
    const request = { pageSize, pageToken, states: [...states], labels: {} };
    return callUnary((metadata, done) => this.#jobs.listJobs(request, metadata, done), signal);
  }

  /** Cancels a job. Throws JOB_ALREADY_TERMINAL if it has ended in another way than by a cancel. */
  cancelJob(name: string, signal?: AbortSignal): Promise<Job> {
    return callUnary((metadata, done) => this.#jobs.cancelJob({ name }, metadata, done), signal);
  }

  /**
   * Deletes a job that has ended, with its photo, depth map, results and cache entries, except what
   * another job has too. Throws JOB_NOT_READY if it has not ended.
   */
  async deleteJob(name: string, signal?: AbortSignal): Promise<void> {
    await callUnary<Empty>(
      (metadata, callback) => this.#jobs.deleteJob({ name }, metadata, callback),
      signal,
    );
  }

  /**
   * Creates a job with the same photo and spec that continues where `name` has ended, from
   * `fromStage` on, with the results of the earlier stages. Throws JOB_NOT_READY if it has not
   * ended.
   */
  retryJob(name: string, fromStage: JobStage, requestId = "", signal?: AbortSignal): Promise<Job> {
    const request = { name, fromStage, requestId };
    return callUnary((metadata, done) => this.#jobs.retryJob(request, metadata, done), signal);
  }

  /**
   * The events of a job: those after event number `afterEvent`, then new ones and progress as they
   * come. Ends with the job. Leaving the loop, or the signal, ends the call.
   */
  watchJob(name: string, afterEvent = 0, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    const request = { name, afterEvent };
    return readStream(this.#jobs.watchJob(request, outgoingMetadata()), signal);
  }

  /**
   * An artifact (`name` is `jobs/<id>/artifacts/<file>`): its description, and its bytes as chunks
   * that are received as you read them.
   */
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

  /**
   * The first MP4 output of a job as fragments while it is encoded. `offset` and `limit` are in
   * bytes; an offset needs the attempt that the earlier bytes came from. Throws STREAM_RESTARTED
   * when another attempt of the encode begins: read again from the start then.
   */
  async followFragments(
    name: string,
    { offset = 0, limit = 0, attempt = "" } = {},
    signal?: AbortSignal,
  ): Promise<{ attempt: string; chunks: AsyncIterable<Uint8Array> }> {
    const request = {
      name: `${name}/artifacts/fragments.mp4`,
      ...{ offset, limit, attempt, follow: true },
    };
    const responses = readStream(this.#results.readArtifact(request, outgoingMetadata()), signal);
    const first = await responses.next();
    const kind = first.done ? undefined : first.value.kind;
    if (kind?.$case !== "followed") throw new Error("the server sent no header");
    return { attempt: kind.value.attempt, chunks: chunksIn(responses) };
  }

  /**
   * Uploads the files and yields everything about the conversion as it comes: the job, progress,
   * the depth thumbnail, the fragments of the video, and the finished job. Leaving the loop, or the
   * signal, cancels the job.
   */
  async *convert(
    spec: JobSpec,
    files: JobFiles<AsyncIterable<Uint8Array>>,
    signal?: AbortSignal,
    requestId = "",
    { labels }: Pick<CreateOptions, "labels"> = {},
  ): AsyncGenerator<ConvertResponse> {
    const call = this.#converts.convert(outgoingMetadata());
    const sent = sendRequests(call, createRequests(spec, files, requestId, { labels }));
    // A server that refuses early ends the call; the reader below gets that error.
    sent.catch(() => call.cancel());
    yield* readStream<ConvertResponse>(call, signal);
    await sent;
  }

  /** The camera presets. */
  listPresets(signal?: AbortSignal): Promise<ListPresetsResponse> {
    return callUnary((metadata, done) => this.#catalog.listPresets({}, metadata, done), signal);
  }

  /** The depth models, best first, as a depth worker reports them. */
  listModels(signal?: AbortSignal): Promise<ListModelsResponse> {
    return callUnary((metadata, done) => this.#catalog.listModels({}, metadata, done), signal);
  }

  /** The combinations of container and codec that the running workers can encode. */
  listEncoders(signal?: AbortSignal): Promise<ListEncodersResponse> {
    return callUnary((metadata, done) => this.#catalog.listEncoders({}, metadata, done), signal);
  }

  /**
   * One page of the dead letters: jobs whose stage failed or crashed too often. For operators, as
   * the next three.
   */
  listDeadLetters(
    request: ListDeadLettersRequest,
    signal?: AbortSignal,
  ): Promise<ListDeadLettersResponse> {
    return callUnary(
      (metadata, done) => this.#admin.listDeadLetters(request, metadata, done),
      signal,
    );
  }

  getDeadLetter(name: string, signal?: AbortSignal): Promise<DeadLetter> {
    return callUnary(
      (metadata, done) => this.#admin.getDeadLetter({ name }, metadata, done),
      signal,
    );
  }

  /** Creates a new job from the stage that failed, and removes the letter. */
  redriveDeadLetter(name: string, signal?: AbortSignal): Promise<Job> {
    return callUnary(
      (metadata, done) => this.#admin.redriveDeadLetter({ name }, metadata, done),
      signal,
    );
  }

  async discardDeadLetter(name: string, signal?: AbortSignal): Promise<void> {
    await callUnary<object>(
      (metadata, callback) => this.#admin.discardDeadLetter({ name }, metadata, callback),
      signal,
    );
  }

  /**
   * One page of what later jobs can reuse, the newest first. `pageToken` comes from the page
   * before; "" for the first.
   */
  listCacheEntries(
    request: ListCacheEntriesRequest,
    signal?: AbortSignal,
  ): Promise<ListCacheEntriesResponse> {
    return callUnary(
      (metadata, done) => this.#admin.listCacheEntries(request, metadata, done),
      signal,
    );
  }

  /** Removes cache entries, and the files that nothing else refers to. Jobs keep theirs. */
  purgeCache(request: PurgeCacheRequest, signal?: AbortSignal): Promise<PurgeCacheResponse> {
    return callUnary((metadata, done) => this.#admin.purgeCache(request, metadata, done), signal);
  }

  /** What the mesh has to do now: queues, jobs by state, NATS, room on the gateway's disk. */
  getMeshStatus(signal?: AbortSignal): Promise<GetMeshStatusResponse> {
    return callUnary((metadata, done) => this.#admin.getMeshStatus({}, metadata, done), signal);
  }
}
