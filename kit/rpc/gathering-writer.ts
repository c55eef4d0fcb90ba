/**
 * Writes messages that carry many bytes without copying those bytes. A `BinaryWriter` doubles its
 * buffer until a payload fits, moves the payload behind its length and copies the result: five
 * fresh mebibytes for each one that is sent.
 */
import { BinaryWriter } from "@bufbuild/protobuf/wire";

/** Below this size a copy costs less than one more part. */
const LEAST_KEPT_BYTES = 4 * 1024;

/** What `encode` of the generated code needs to write a message of one type. */
export interface MessageEncoder<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
}

/** What grpc-js uses of a serialised message: it copies it once, behind five bytes of its own. */
export interface SerialisedMessage {
  readonly length: number;
  readonly byteLength: number;
  copy(target: Uint8Array, targetStart?: number): number;
}

/**
 * The bytes of a message as they lie in the message itself: they must not change before `copy`. The
 * copy is what `encode(message).finish()` gives.
 */
export function gather<Message>(
  encoder: MessageEncoder<Message>,
  message: Message,
): SerialisedMessage {
  const writer = new GatheringWriter();
  encoder.encode(message, writer);
  const parts = writer.takeParts();
  const length = lengthOf(parts);
  const copy = (target: Uint8Array, targetStart = 0) => {
    let at = targetStart;
    for (const part of parts) {
      target.set(part, at);
      at += part.length;
    }
    return length;
  };
  return { length, byteLength: length, copy };
}

/** A writer that keeps large values where they are: the message is the concatenation of parts. */
class GatheringWriter extends BinaryWriter {
  /** Parts of the message, and of each message in it that is not complete. */
  readonly #levels: Uint8Array[][] = [[]];

  override bytes(value: Uint8Array): this {
    if (value.length < LEAST_KEPT_BYTES) return super.bytes(value);
    this.uint32(value.length);
    this.#close();
    this.#level.push(value);
    return this;
  }

  override fork(): this {
    this.#close();
    this.#levels.push([]);
    return this;
  }

  override join(): this {
    this.#close();
    const inner = this.#levels.pop();
    if (!inner || this.#levels.length === 0) throw new Error("join without a fork");
    this.uint32(lengthOf(inner));
    this.#close();
    this.#level.push(...inner);
    return this;
  }

  override finish(): Uint8Array<ArrayBuffer> {
    const parts = this.takeParts();
    const whole = new Uint8Array(lengthOf(parts));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** The parts of the message; the writer is empty then. */
  takeParts(): readonly Uint8Array[] {
    this.#close();
    if (this.#levels.length > 1) throw new Error("a fork without its join");
    return this.#level.splice(0);
  }

  get #level(): Uint8Array[] {
    return this.#levels.at(-1) ?? [];
  }

  /** Makes a part of what was written since the last one. */
  #close(): void {
    const written = super.finish();
    if (written.length > 0) this.#level.push(written);
  }
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
