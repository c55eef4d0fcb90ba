/**
 * Finds the top-level boxes of an ISO base media file (ISO/IEC 14496-12, 4.2) while its bytes
 * arrive.
 */
import { concat } from "./concat.js";

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;
/** A size of one means that the size follows the type, in 64 bits. */
const SIZE_FOLLOWS = 1;
/**
 * Most bytes of a box whose content is kept. Such a box describes about one second; a larger one is
 * not from our encoder.
 */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** A box that has arrived completely. */
export interface Box {
  readonly type: string;
  /** From the start of the stream to the byte after the box. */
  readonly endBytes: number;
  /** The whole box with its header, if its type is one of those that are kept. */
  readonly bytes: Uint8Array | undefined;
}

/** The bytes are not a sequence of boxes: the program that wrote them has a defect. */
export class BrokenBoxes extends Error {
  override readonly name = "BrokenBoxes";
  readonly reason = "ENCODER_CRASHED";
  readonly metadata: Record<string, string>;

  constructor(sizeBytes: number) {
    super("the encoder wrote bytes that are not a sequence of MP4 boxes");
    this.metadata = { box_bytes: String(sizeBytes) };
  }
}

/** Buffers only one header and the content of kept boxes, never media data. */
export class BoxReader {
  readonly #kept: ReadonlySet<string>;
  #head: Uint8Array = new Uint8Array(0);
  #parts: Uint8Array[] | undefined;
  #type = "";
  /** Bytes of the current box that have not arrived yet; undefined while its header is read. */
  #missingBytes: number | undefined;
  #positionBytes = 0;

  constructor(kept: Iterable<string>) {
    this.#kept = new Set(kept);
  }

  /** The boxes that end in these bytes. Throws BrokenBoxes. */
  push(bytes: Uint8Array): Box[] {
    const boxes: Box[] = [];
    let rest = bytes;
    while (rest.length > 0) {
      rest = this.#missingBytes === undefined ? this.#readHeader(rest) : this.#readBody(rest);
      if (this.#missingBytes !== 0) continue;
      const content = this.#parts && concat(this.#parts);
      boxes.push({ type: this.#type, endBytes: this.#positionBytes, bytes: content });
      this.#missingBytes = undefined;
    }
    return boxes;
  }

  #readHeader(bytes: Uint8Array): Uint8Array {
    const known = this.#head.length;
    const wanted = known >= HEADER_BYTES ? LARGE_HEADER_BYTES : HEADER_BYTES;
    const taken = Math.min(bytes.length, wanted - known);
    const head = new Uint8Array(known + taken);
    head.set(this.#head);
    head.set(bytes.subarray(0, taken), known);
    this.#head = head;
    this.#positionBytes += taken;
    if (this.#head.length === wanted) this.#openBox();
    return bytes.subarray(taken);
  }

  #openBox(): void {
    const view = new DataView(this.#head.buffer);
    const short = view.getUint32(0);
    if (short === SIZE_FOLLOWS && this.#head.length < LARGE_HEADER_BYTES) return;
    const sizeBytes = short === SIZE_FOLLOWS ? Number(view.getBigUint64(8)) : short;
    this.#type = String.fromCharCode(...this.#head.subarray(4, 8));
    const keeps = this.#kept.has(this.#type);
    if (sizeBytes < this.#head.length || (keeps && sizeBytes > MAX_KEPT_BYTES)) {
      throw new BrokenBoxes(sizeBytes);
    }
    this.#parts = keeps ? [this.#head] : undefined;
    this.#missingBytes = sizeBytes - this.#head.length;
    this.#head = new Uint8Array(0);
  }

  #readBody(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, this.#missingBytes);
    // Copied, because the caller may reuse the memory of these bytes.
    this.#parts?.push(taken.slice());
    this.#missingBytes = (this.#missingBytes ?? 0) - taken.length;
    this.#positionBytes += taken.length;
    return bytes.subarray(taken.length);
  }
}
