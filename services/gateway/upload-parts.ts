/** The messages of one upload after its header: the photo's chunks, then those of a sound that the header announced. */
import { DepthmeshError } from "../../kit/errors.js";
import type { CreateJobRequest } from "../../proto/gen/depthmesh/v1/job_service.js";

export class UploadParts {
  readonly #messages: AsyncIterator<CreateJobRequest>;
  readonly #hasSound: boolean;
  /** The message that ended the photo. */
  #soundBegin: Uint8Array | undefined;

  constructor(messages: AsyncIterator<CreateJobRequest>, hasSound: boolean) {
    this.#messages = messages;
    this.#hasSound = hasSound;
  }

  /** To be read first and to its end. Throws PARAMETER_CONFLICT for a message that does not belong here. */
  async *photo(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const message = await this.#next();
      if (!message) return;
      const { kind } = message;
      if (kind?.$case === "chunk") yield kind.value;
      else if (kind?.$case === "soundChunk" && this.#hasSound) {
        this.#soundBegin = kind.value;
        return;
      } else
        throw misplaced(
          "chunk",
          "only chunks, and those of an announced sound, may follow the header",
        );
    }
  }

  /** After the photo. Throws PARAMETER_CONFLICT for a message that does not belong here. */
  async *sound(): AsyncGenerator<Uint8Array> {
    if (!this.#soundBegin) return;
    yield this.#soundBegin;
    for (;;) {
      const message = await this.#next();
      if (!message) return;
      const { kind } = message;
      if (kind?.$case !== "soundChunk") {
        throw misplaced("sound_chunk", "only chunks of the sound may follow its first");
      }
      yield kind.value;
    }
  }

  async #next(): Promise<CreateJobRequest | undefined> {
    const { value, done } = await this.#messages.next();
    return done ? undefined : value;
  }
}

function misplaced(field: string, message: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", message, { metadata: { field } });
}
