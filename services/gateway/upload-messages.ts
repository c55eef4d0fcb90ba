/** The messages of an upload in their order: the header, then the chunks of one file after another. */
import { DepthmeshError } from "../../kit/errors.js";
import { failpoint } from "../../kit/failpoint.js";
import { fieldConflict } from "../../kit/rpc/field-conflict.js";
import { refuseUnknownFields } from "../../kit/rpc/unknown-fields.js";
import type {
  CreateJobHeader,
  CreateJobRequest,
} from "../../proto/gen/depthmesh/v1/job_service.js";

/** Files of an upload, in the order in which their chunks come. */
type FileKind = "chunk" | "depthChunk" | "soundChunk";

export interface UploadLimits {
  /** Between two messages. */
  readonly idleMs: number;
  /** From the first look to the end: one that drips holds its place too. */
  readonly totalMs: number;
}

export class UploadMessages {
  readonly #messages: AsyncIterator<CreateJobRequest>;
  readonly #asked = new Set<FileKind>();
  readonly #limits: UploadLimits;
  readonly #beganAtMs = performance.now();
  #next: Promise<IteratorResult<CreateJobRequest>> | undefined;

  /** Every method throws UPLOAD_EXPIRED when one of the limits is passed. */
  constructor(messages: AsyncIterable<CreateJobRequest>, limits: UploadLimits) {
    this.#messages = messages[Symbol.asyncIterator]();
    this.#limits = limits;
  }

  /** Throws PARAMETER_CONFLICT when something else comes first, PARAMETER_UNKNOWN for a field of a later version. */
  async header(): Promise<CreateJobHeader> {
    const first = await this.#peek();
    if (first) refuseUnknownFields(first);
    if (first?.kind?.$case !== "header")
      throw fieldConflict("the first message must be the header", "header");
    this.#next = undefined;
    return first.kind.value;
  }

  /** The chunks up to the first message of another kind. */
  async *chunks(kind: FileKind): AsyncGenerator<Uint8Array> {
    this.#asked.add(kind);
    for (;;) {
      const message = await this.#peek();
      if (message?.kind?.$case !== kind) return;
      this.#next = undefined;
      failpoint("during-upload", "");
      yield message.kind.value;
    }
  }

  /** Throws PARAMETER_CONFLICT when a message is left. */
  async end(): Promise<void> {
    const kind = (await this.#peek())?.kind?.$case;
    if (kind === "depthChunk" && !this.#asked.has(kind)) {
      throw fieldConflict(
        "a depth map is sent, but spec.depth.map does not announce it",
        "depth_chunk",
      );
    }
    if (kind === "soundChunk" && !this.#asked.has(kind)) {
      throw fieldConflict("a sound is sent, but has_sound does not announce it", "sound_chunk");
    }
    if (await this.#peek()) {
      throw fieldConflict(
        "only chunks may follow the header: the photo's, the depth map's, the sound's",
        "chunk",
      );
    }
  }

  async #peek(): Promise<CreateJobRequest | undefined> {
    this.#next ??= this.#messages.next();
    const { value, done } = await this.#inTime(this.#next);
    return done ? undefined : value;
  }

  async #inTime<T>(message: Promise<T>): Promise<T> {
    const { idleMs, totalMs } = this.#limits;
    const leftMs = this.#beganAtMs + totalMs - performance.now();
    const expire = () =>
      leftMs < idleMs
        ? expired("the upload took too long", totalMs)
        : expired("the upload sent nothing for too long", idleMs);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(expire()), Math.min(idleMs, leftMs));
    });
    try {
      return await Promise.race([message, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function expired(message: string, limitMs: number): DepthmeshError {
  const metadata = { limit_milliseconds: String(limitMs) };
  return new DepthmeshError("UPLOAD_EXPIRED", message, { metadata });
}
