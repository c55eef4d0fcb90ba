/** The files of a new job, and the messages that send them. */
import { chunksOf, fileChunks } from "../kit/rpc/chunks.js";
import type { CreateJobHeader, CreateJobRequest } from "../proto/gen/depthmesh/v1/job_service.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";

/**
 * The files of a job: paths, or streams of their bytes. One that an upload takes the place of is
 * left out.
 */
export interface JobFiles<T> {
  readonly photo: T;
  /** Present exactly when `spec.depth.map` announces it. */
  readonly depthMap?: T | undefined;
  readonly sound?: T | undefined;
}

/** Files that are read from the disk. Each is opened when its first byte is requested. */
export function readFiles({
  photo,
  depthMap,
  sound,
}: Partial<JobFiles<string>>): Partial<JobFiles<AsyncIterable<Uint8Array>>> {
  return {
    ...(photo !== undefined && { photo: fileChunks(photo) }),
    depthMap: depthMap === undefined ? undefined : fileChunks(depthMap),
    sound: sound === undefined ? undefined : fileChunks(sound),
  };
}

/** What a new job may have besides its spec and files. */
export interface CreateOptions {
  /** Facts of your own, at most 16, such as the photo's name. They do not change the result. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `uploads/<id>`: finished uploads in place of files. */
  readonly photoUpload?: string | undefined;
  readonly depthMapUpload?: string | undefined;
  readonly soundUpload?: string | undefined;
  /** `webhooks/<id>`, at most 8: told when the job ends. */
  readonly webhooks?: readonly string[] | undefined;
  /** Check everything and store nothing: the answer has a plan, and no name. */
  readonly validateOnly?: boolean | undefined;
  /** Ends the call. A job that was accepted already goes on. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline of the call. */
  readonly timeoutMs?: number | undefined;
}

/** The header, then the photo, the depth map and the sound in chunks. */
export async function* createRequests(
  spec: JobSpec,
  { photo, depthMap, sound }: Partial<JobFiles<AsyncIterable<Uint8Array>>>,
  requestId: string,
  options: CreateOptions,
): AsyncGenerator<CreateJobRequest> {
  const { photoUpload, depthMapUpload, soundUpload, validateOnly = false } = options;
  const header: CreateJobHeader = {
    spec,
    requestId,
    validateOnly,
    hasSound: sound !== undefined,
    labels: { ...options.labels },
    photoUpload,
    depthMapUpload,
    soundUpload,
    webhooks: [...(options.webhooks ?? [])],
  };
  yield { kind: { $case: "header", value: header } };
  for await (const value of messageChunks(photo)) yield { kind: { $case: "chunk", value } };
  for await (const value of messageChunks(depthMap)) {
    yield { kind: { $case: "depthChunk", value } };
  }
  for await (const value of messageChunks(sound)) yield { kind: { $case: "soundChunk", value } };
}

/** The same bytes in chunks that fit into a message, however large those of the caller are. */
async function* messageChunks(
  file: AsyncIterable<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of file ?? []) yield* chunksOf(bytes);
}
