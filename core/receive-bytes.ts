/** Collects the bytes of a file while they arrive, up to a limit. */
import { DepthmeshError } from "./errors.js";
import { finishInSlices, finishSteps, type Steps } from "./steps.js";

const SMALL_BYTES = 4 * 1024;
const GATHERED_BYTES = 64 * 1024;
/** No message is larger. A larger buffer is a file that its owner holds in any case. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

export class ReceivedBytes {
  readonly #maxBytes: number;
  readonly #parts: Uint8Array[] = [];
  #sizeBytes = 0;
  /**
   * Small chunks are gathered here, because a separate array for each costs many times its bytes.
   */
  #small = new Uint8Array(0);
  #smallBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * Keeps `chunk` itself, which may be a view of the message that brought it; a copy, where it is
   * less than half of that: it would hold all of it in memory. Throws UPLOAD_TOO_LARGE.
   */
  add(chunk: Uint8Array): void {
    if (chunk.length < SMALL_BYTES) this.#gather(chunk);
    else {
      this.#flush();
      const messageBytes = chunk.buffer.byteLength;
      const isWasteful = 2 * chunk.length < messageBytes && messageBytes <= MAX_MESSAGE_BYTES;
      this.#parts.push(isWasteful ? new Uint8Array(chunk) : chunk);
    }
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes <= this.#maxBytes) return;
    throw new DepthmeshError(
      "UPLOAD_TOO_LARGE",
      `the upload has more bytes than the limit of ${this.#maxBytes}`,
      {
        metadata: {
          limit_bytes: String(this.#maxBytes),
          actual_bytes: `${this.#sizeBytes} or more`,
        },
      },
    );
  }

  #gather(chunk: Uint8Array): void {
    if (this.#smallBytes + chunk.length > this.#small.length) {
      this.#flush();
      this.#small = new Uint8Array(GATHERED_BYTES);
    }
    this.#small.set(chunk, this.#smallBytes);
    this.#smallBytes += chunk.length;
  }

  #flush(): void {
    if (this.#smallBytes > 0) this.#parts.push(this.#small.subarray(0, this.#smallBytes));
    this.#small = this.#small.subarray(this.#smallBytes);
    this.#smallBytes = 0;
  }

  /** A copy of all bytes that have arrived so far, at once: for few bytes. */
  joined(): Uint8Array {
    return finishSteps(this.#join());
  }

  /** The same in slices: a large copy keeps the thread busy for a tenth of a second. */
  joinedInSlices(): Promise<Uint8Array> {
    return finishInSlices(this.#join());
  }

  *#join(): Steps<Uint8Array> {
    this.#flush();
    const bytes = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
      yield;
    }
    return bytes;
  }
}

/** The bytes of all chunks. Throws UPLOAD_TOO_LARGE as soon as the limit is passed. */
export async function receiveBytes(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const received = new ReceivedBytes(maxBytes);
  for await (const chunk of chunks) received.add(chunk);
  return received.joinedInSlices();
}
