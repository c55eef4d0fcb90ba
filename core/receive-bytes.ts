/** Collects the bytes of a file while they come, within a limit. */
import { InputError } from "./input-error.js";

export class ReceivedBytes {
  readonly #maxBytes: number;
  readonly #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Throws UPLOAD_TOO_LARGE. */
  add(chunk: Uint8Array): void {
    this.#parts.push(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes <= this.#maxBytes) return;
    throw new InputError("UPLOAD_TOO_LARGE", `the upload has more than ${this.#maxBytes} bytes`, {
      limit_bytes: String(this.#maxBytes),
      actual_bytes: `${this.#sizeBytes} or more`,
    });
  }

  /** All that has come so far, in an array of its own. */
  joined(): Uint8Array {
    const bytes = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** All chunks. Throws UPLOAD_TOO_LARGE before the rest is sent. */
export async function receiveBytes(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const received = new ReceivedBytes(maxBytes);
  for await (const chunk of chunks) received.add(chunk);
  return received.joined();
}
