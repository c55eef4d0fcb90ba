/**
 * First half of CreateJob and Convert: receives the messages of an upload and checks the job spec
 * and the structure of each file. It stores nothing, so that a bad upload costs no disk space.
 */

import { createHash } from "node:crypto";
import { inspectMap, type MapInput } from "../../../core/depthmap/files/map-file.js";
import type { DepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import { receivePhoto } from "../../../core/photo/inspect.js";
import { DEFAULT_PHOTO_LIMITS, type PhotoLimits } from "../../../core/photo/limits.js";
import { receiveBytes } from "../../../core/receive-bytes.js";
import { inspectSound } from "../../../core/sound/format.js";
import { checkFrameSides, checkPixelFrames } from "../../../core/spec/resolve-clip.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { fieldConflict, inTime, readFirst } from "../../../kit/rpc/requests.js";
import type {
  CreateJobHeader,
  CreateJobRequest,
} from "../../../proto/gen/depthmesh/v1/job_service.js";
import { JobSpec as WireSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import type { GatewayContext } from "../context.js";
import {
  filesOfUploads,
  type UploadedFiles,
  type UploadFields,
} from "../kept-uploads/upload-files.js";
import { webhooksOfJob } from "../webhooks/webhook-service.js";
import { type CheckedHeader, checkHeader } from "./check-header.js";
import { assertFreeSpace } from "./free-space.js";
import { atPace } from "./upload-pace.js";

/** A valid job spec with files whose structure is sound. */
export interface Upload extends CheckedHeader {
  /** The client wants the checks only: no job is created. */
  readonly validateOnly: boolean;
  /** The spec as the client sent it. */
  readonly request: WireSpec;
  /** Ids of the webhooks that the job names. */
  readonly webhooks: readonly string[];
  readonly photo: Uint8Array;
  /** Upright size of the photo in pixels. */
  readonly size: Size;
  readonly depthMap: Uint8Array | undefined;
  readonly sound: Uint8Array | undefined;
  /** Which of the files came from finished uploads, and so lie in the blob store already. */
  readonly stored: UploadedFiles;
}

/**
 * Checks as early as possible: what the header alone shows is refused before any file is read.
 * A file whose upload the header names comes from the blob store and passes the same checks; the
 * upload must be one of the caller's tenant. Throws STORAGE_FULL, BUS_UNAVAILABLE, UPLOAD_EXPIRED,
 * UPLOAD_NOT_FOUND, UPLOAD_INCOMPLETE, WEBHOOK_NOT_FOUND, QUOTA_EXCEEDED and the errors of the spec
 * and of each file.
 */
export async function receiveUpload(
  context: GatewayContext,
  identity: Pick<Identity, "tenant">,
  requests: AsyncIterable<CreateJobRequest>,
): Promise<Upload> {
  const { config, bus } = context;
  await assertFreeSpace(config);
  const timeLimits = { idleMs: config.uploadIdleMs, totalMs: config.uploadTotalMs };
  const pace = { windowMs: config.uploadWindowMs, minBytes: config.uploadMinBytes };
  const sizeOf = (message: CreateJobRequest) => sizeBytesOf(message, pace.minBytes);
  const messages = new UploadMessages(atPace(inTime(requests, timeLimits), pace, sizeOf));
  const header = await messages.header();
  const { validateOnly, spec: wireSpec = WireSpec.fromPartial({}) } = header;
  const hasSound = header.hasSound || header.soundUpload !== undefined;
  // A job cannot be recorded without NATS, so the files are not received. A mere check needs no
  // NATS.
  if (!validateOnly) bus.connectionState.assertUp();
  const { requestId, labels, deadlineAtMs, spec } = await checkHeader(context, header);
  const webhooks = await webhooksOfJob(context.webhooks, header.webhooks, identity.tenant);
  const { map } = spec.depth;
  messages.expectNoChunksOf(header);
  // A request with an id may repeat one that has created its job, which costs nothing.
  if (!validateOnly && requestId === "") {
    context.quotas.assertRoomForJob(identity.tenant, header.photoUpload === undefined);
  }
  const stored = await filesOfUploads(context, identity, header);

  const limits = {
    ...DEFAULT_PHOTO_LIMITS,
    maxBytes: config.maxUploadBytes,
    maxPixels: config.maxPixels,
  };
  const photo = await receivePhoto(stored.photo?.chunks() ?? messages.chunks("chunk"), limits);
  checkFrameSides(spec, photo.size);
  checkPixelFrames(spec, photo.size, config.maxPixelFrames);
  const mapChunks = () => stored.depthMap?.chunks() ?? messages.chunks("depthChunk");
  const depthMap = map && (await receiveMap(mapChunks(), map, limits));
  const sound = hasSound
    ? await receiveBytes(
        stored.sound?.chunks() ?? messages.chunks("soundChunk"),
        config.maxSoundBytes,
      )
    : undefined;
  const soundSpec = sound && { sha256: sha256Of(sound), format: inspectSound(sound) };
  await messages.end();
  return {
    ...{ requestId, validateOnly, deadlineAtMs, labels, webhooks, depthMap, sound, stored },
    spec: soundSpec ? { ...spec, sound: soundSpec } : spec,
    request: wireSpec,
    photo: photo.bytes,
    size: photo.size,
  };
}

/** The header counts as a whole window: it is one message, however long it was on the way. */
function sizeBytesOf({ kind }: CreateJobRequest, headerBytes: number): number {
  if (!kind) return 0;
  return kind.$case === "header" ? headerBytes : kind.value.length;
}

/** The files of an upload, in the order in which their chunks arrive. */
type FileKind = "chunk" | "depthChunk" | "soundChunk";

/** The messages of one upload in their fixed order: the header, then the chunks of each file. */
export class UploadMessages {
  readonly #messages: AsyncIterator<CreateJobRequest>;
  /** Files that the header announced. */
  readonly #expected = new Set<FileKind>();
  /** Kinds of chunks that may not come, and the header's field that names an upload instead. */
  readonly #uploads = new Map<string, string>();
  #next: Promise<IteratorResult<CreateJobRequest>> | undefined;

  constructor(messages: AsyncIterable<CreateJobRequest>) {
    this.#messages = messages[Symbol.asyncIterator]();
  }

  /** Throws PARAMETER_CONFLICT if the first message is no header. */
  header(): Promise<CreateJobHeader> {
    return readFirst(this.#messages, "header");
  }

  /** From now on, a chunk of a file that the header names as an upload is a PARAMETER_CONFLICT. */
  expectNoChunksOf({ photoUpload, depthMapUpload, soundUpload }: UploadFields): void {
    if (photoUpload !== undefined) this.#uploads.set("chunk", "photo_upload");
    if (depthMapUpload !== undefined) this.#uploads.set("depthChunk", "depth_map_upload");
    if (soundUpload !== undefined) this.#uploads.set("soundChunk", "sound_upload");
  }

  /**
   * The chunks of one file: ends at the first message of another kind. Throws PARAMETER_CONFLICT if
   * something else than the photo follows the header.
   */
  async *chunks(kind: FileKind): AsyncGenerator<Uint8Array> {
    const isFirst = this.#expected.size === 0;
    this.#expected.add(kind);
    for (let received = 0; ; received++) {
      const message = await this.#peek();
      if (message?.kind?.$case !== kind) {
        if (message && isFirst && received === 0) throw outOfOrder();
        return;
      }
      this.#next = undefined;
      failpoint("during-upload", "");
      yield message.kind.value;
    }
  }

  /** Throws PARAMETER_CONFLICT if a message is left: it is not announced, or out of order. */
  async end(): Promise<void> {
    const message = await this.#peek();
    if (!message) return;
    const kind = message.kind?.$case;
    if (kind === "depthChunk" && !this.#expected.has(kind)) {
      throw fieldConflict(
        "a depth map is sent, but spec.depth.map does not announce it",
        "depth_chunk",
      );
    }
    if (kind === "soundChunk" && !this.#expected.has(kind)) {
      throw fieldConflict("a sound is sent, but has_sound does not announce it", "sound_chunk");
    }
    throw outOfOrder();
  }

  async #peek(): Promise<CreateJobRequest | undefined> {
    this.#next ??= this.#messages.next();
    const { value, done } = await this.#next;
    if (done) return undefined;
    const field = this.#uploads.get(value.kind?.$case ?? "");
    if (field === undefined) return value;
    throw fieldConflict(
      `${field} names an upload, so that no chunks of this file may follow`,
      field,
    );
  }
}

function outOfOrder(): DepthmeshError {
  return fieldConflict(
    "after the header only chunks may follow: first the photo's, then the depth map's, then the sound's",
    "chunk",
  );
}

/** The bytes of a depth map supplied by the caller. Throws the IMAGE_ and UPLOAD_ errors. */
async function receiveMap(
  chunks: AsyncIterable<Uint8Array>,
  input: MapInput,
  limits: PhotoLimits,
): Promise<Uint8Array> {
  const bytes = await receiveBytes(chunks, limits.maxBytes);
  if (bytes.length === 0) {
    throw fieldConflict("spec.depth.map announces a depth map, but none was sent", "depth.map");
  }
  inspectMap(bytes, input, limits);
  return bytes;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
