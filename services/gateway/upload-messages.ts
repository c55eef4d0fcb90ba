/** The messages of an upload in their order: the header, then the chunks of one file after another. */
import { failpoint } from "../../kit/process/failpoint.js";
import { fieldConflict } from "../../kit/rpc/field-conflict.js";
import { refuseUnknownFields } from "../../kit/rpc/unknown-fields.js";
import type {
  CreateJobHeader,
  CreateJobRequest,
} from "../../proto/gen/depthmesh/v1/job_service.js";

/** Files of an upload, in the order in which their chunks come. */
type FileKind = "chunk" | "depthChunk" | "soundChunk";

export class UploadMessages {
  readonly #messages: AsyncIterator<CreateJobRequest>;
  readonly #asked = new Set<FileKind>();
  #next: Promise<IteratorResult<CreateJobRequest>> | undefined;

  constructor(messages: AsyncIterable<CreateJobRequest>) {
    this.#messages = messages[Symbol.asyncIterator]();
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
    const { value, done } = await this.#next;
    return done ? undefined : value;
  }
}
