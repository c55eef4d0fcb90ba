/** The messages of an upload in their order: the header, then the chunks of one file after another. */
import { DepthmeshError } from "../../kit/errors.js";
import { refuseUnknownFields } from "../../kit/rpc/unknown-fields.js";
import type {
  CreateJobHeader,
  CreateJobRequest,
} from "../../proto/gen/depthmesh/v1/job_service.js";

export class UploadMessages {
  readonly #messages: AsyncIterator<CreateJobRequest>;
  #next: Promise<IteratorResult<CreateJobRequest>> | undefined;

  constructor(messages: AsyncIterable<CreateJobRequest>) {
    this.#messages = messages[Symbol.asyncIterator]();
  }

  /** Throws PARAMETER_CONFLICT when something else comes first, PARAMETER_UNKNOWN for a field of a later version. */
  async header(): Promise<CreateJobHeader> {
    const first = await this.#peek();
    if (first) refuseUnknownFields(first);
    if (first?.kind?.$case !== "header")
      throw conflict("the first message must be the header", "header");
    this.#next = undefined;
    return first.kind.value;
  }

  /** The chunks up to the first message of another kind. */
  async *chunks(kind: "chunk" | "depthChunk"): AsyncGenerator<Uint8Array> {
    for (;;) {
      const message = await this.#peek();
      if (message?.kind?.$case !== kind) return;
      this.#next = undefined;
      yield message.kind.value;
    }
  }

  /** Throws PARAMETER_CONFLICT when a message is left. */
  async end(): Promise<void> {
    const left = await this.#peek();
    if (!left) return;
    if (left.kind?.$case === "depthChunk") {
      throw conflict("a depth map is sent, but spec.depth.map does not announce it", "depth_chunk");
    }
    throw conflict(
      "only chunks may follow the header, the photo's before the depth map's",
      "chunk",
    );
  }

  async #peek(): Promise<CreateJobRequest | undefined> {
    this.#next ??= this.#messages.next();
    const { value, done } = await this.#next;
    return done ? undefined : value;
  }
}

function conflict(message: string, field: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", message, { metadata: { field } });
}
