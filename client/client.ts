/** The public API of a gateway: jobs, results, the catalogue. */
import { chunksIn } from "../kit/rpc/chunks.js";
import { readStream, sendRequests } from "../kit/rpc/client.js";
import {
  type ConvertResponse,
  ConvertServiceService,
} from "../proto/gen/depthmesh/v1/convert_service.js";
import type { Artifact, Job, JobEvent, JobStage, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  type BatchCreateJobsResult,
  CreateJobHeader,
  type DeepPartial,
  type EstimateJobResponse,
  JobServiceService,
  type JobTrace,
  type ListJobsResponse,
} from "../proto/gen/depthmesh/v1/job_service.js";
import {
  type DownloadUrl,
  ResultServiceService,
} from "../proto/gen/depthmesh/v1/result_service.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { CallOptions } from "./channel.js";
import { GatewayCalls } from "./gateway-calls.js";
import { type CreateOptions, createRequests, type JobFiles, readFiles } from "./job-files.js";

export interface ListOptions {
  /** Only jobs in one of these states; all by default. */
  readonly states?: readonly JobState[];
  /** Only jobs that have all of these labels with these values; at most 16. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Only jobs that were accepted at this time or later. */
  readonly createdFrom?: Date | undefined;
  /** Only jobs that were accepted before this time. */
  readonly createdBefore?: Date | undefined;
  /**
   * Another tenant, or `*` for all, which the server grants to operators; by default the caller's.
   */
  readonly tenant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends CallOptions {
  /** Number of the first byte; 0 by default. */
  readonly offset?: number | undefined;
  /** Most bytes; all by default. */
  readonly limit?: number | undefined;
}

/** Call `close` when it is no longer needed; otherwise its connection keeps the process alive. */
export class DepthmeshClient extends GatewayCalls {
  /**
   * Uploads the files and creates a job. Resolves when the job is accepted; it runs afterwards.
   * Calls with the same non-empty `requestId` create one job; the server remembers the id for 24
   * hours.
   */
  createJob(
    spec: JobSpec,
    files: Partial<JobFiles<AsyncIterable<Uint8Array>>>,
    requestId = "",
    options: CreateOptions = {},
  ): Promise<Job> {
    const requests = createRequests(spec, files, requestId, options);
    return this.channel.clientStream(JobServiceService.createJob, requests, options);
  }

  /** Like `createJob`, with the files given as paths. */
  createJobFromFiles(
    spec: JobSpec,
    files: Partial<JobFiles<string>>,
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
    return this.call(JobServiceService.getJob, { name }, signal);
  }

  /**
   * One page of the jobs, newest first. `pageToken` comes from the page before, of a call with the
   * same options; "" for the first.
   */
  listJobs(
    pageSize: number,
    pageToken: string,
    { states = [], labels = {}, signal, ...filters }: ListOptions = {},
  ): Promise<ListJobsResponse> {
    const { createdFrom, createdBefore, tenant } = filters;
    const request = {
      ...{ pageSize, pageToken, createdFrom, createdBefore, tenant },
      ...{ states: [...states], labels: { ...labels } },
    };
    return this.call(JobServiceService.listJobs, request, signal);
  }

  /** Cancels a job. Throws JOB_ALREADY_TERMINAL if it has ended in another way than by a cancel. */
  cancelJob(name: string, signal?: AbortSignal): Promise<Job> {
    return this.call(JobServiceService.cancelJob, { name }, signal);
  }

  /**
   * Deletes a job that has ended, with its photo, depth map, results and cache entries, except what
   * another job has too. Throws JOB_NOT_READY if it has not ended.
   */
  async deleteJob(name: string, signal?: AbortSignal): Promise<void> {
    await this.call(JobServiceService.deleteJob, { name }, signal);
  }

  /**
   * Creates a job with the same photo and spec that continues where `name` has ended, from
   * `fromStage` on, with the results of the earlier stages. Throws JOB_NOT_READY if it has not
   * ended.
   */
  retryJob(name: string, fromStage: JobStage, requestId = "", signal?: AbortSignal): Promise<Job> {
    const request = { name, fromStage, requestId };
    return this.call(JobServiceService.retryJob, request, signal);
  }

  /**
   * Creates up to 100 jobs whose files are finished uploads (`photoUpload` and so on). Each has a
   * result of its own, in the order of `jobs`; the same batch with the same request id returns the
   * same jobs.
   */
  async batchCreateJobs(
    jobs: readonly DeepPartial<CreateJobHeader>[],
    requestId = "",
    signal?: AbortSignal,
  ): Promise<readonly BatchCreateJobsResult[]> {
    const headers = jobs.map((job) => CreateJobHeader.fromPartial(job));
    const request = { jobs: headers, requestId };
    return (await this.call(JobServiceService.batchCreateJobs, request, signal)).results;
  }

  /**
   * How long such a job takes and how large its outputs are, learnt from ended jobs: what was not
   * learnt is absent. `photo` is its upright size in pixels.
   */
  estimateJob(
    spec: JobSpec,
    photo: { readonly width: number; readonly height: number },
    signal?: AbortSignal,
  ): Promise<EstimateJobResponse> {
    const request = { spec, photoWidth: photo.width, photoHeight: photo.height };
    return this.call(JobServiceService.estimateJob, request, signal);
  }

  /** What each process has done for a job, and when; that of a running job grows. */
  getJobTrace(name: string, signal?: AbortSignal): Promise<JobTrace> {
    return this.call(JobServiceService.getJobTrace, { name }, signal);
  }

  /**
   * The events of a job: those after event number `afterEvent`, then new ones and progress as they
   * come. Ends with the job. Leaving the loop, or the signal, ends the call.
   */
  watchJob(name: string, afterEvent = 0, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    const request = { name, afterEvent };
    return this.channel.serverStream(JobServiceService.watchJob, request, { signal });
  }

  /**
   * An artifact (`name` is `jobs/<id>/artifacts/<file>`): its description, and its bytes as chunks
   * that are received as you read them.
   */
  async readArtifact(
    name: string,
    options: ReadOptions | AbortSignal = {},
  ): Promise<{ artifact: Artifact; chunks: AsyncIterable<Uint8Array> }> {
    const read: ReadOptions = options instanceof AbortSignal ? { signal: options } : options;
    const { offset = 0, limit = 0 } = read;
    const request = { name, offset, limit, follow: false, attempt: "" };
    const responses = this.channel.serverStream(ResultServiceService.readArtifact, request, read);
    const first = await responses.next();
    const kind = first.done ? undefined : first.value.kind;
    if (kind?.$case !== "artifact") throw new Error("the server sent no artifact header");
    return { artifact: kind.value, chunks: chunksIn(responses) };
  }

  /**
   * An address from which the artifact's bytes can be read over HTTP for a short while, without
   * credentials; undefined if the mesh's store has none: read it with `readArtifact` then.
   */
  async artifactUrl(name: string, signal?: AbortSignal): Promise<DownloadUrl | undefined> {
    const request = { name, offset: 0, limit: 0, follow: false, attempt: "", asDownloadUrl: true };
    const call = this.channel.serverStream(ResultServiceService.readArtifact, request, { signal });
    // Leaving the loop ends the call, so that the bytes of another store are not sent.
    for await (const { kind } of call) {
      if (kind?.$case === "downloadUrl") return kind.value;
      if (kind?.$case === "chunk") return undefined;
    }
    return undefined;
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
    const responses = this.channel.serverStream(ResultServiceService.readArtifact, request, {
      signal,
    });
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
    files: Partial<JobFiles<AsyncIterable<Uint8Array>>>,
    signal?: AbortSignal,
    requestId = "",
    options: CreateOptions = {},
  ): AsyncGenerator<ConvertResponse> {
    const call = this.channel.bidiStream(ConvertServiceService.convert, options);
    const sent = sendRequests(call, createRequests(spec, files, requestId, options));
    // A server that refuses early ends the call; the reader below gets that error.
    sent.catch(() => call.cancel());
    yield* readStream<ConvertResponse>(call, signal ?? options.signal);
    await sent;
  }
}
