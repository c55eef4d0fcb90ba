/** Changes the `moov` box of a fragmented MP4 while its bytes pass through. */
import { BoxReader } from "./box-reader.js";
import { concat } from "./concat.js";

export type RewriteMoov = (moov: Uint8Array, offsetBytes: number) => Uint8Array;

/** Holds the bytes back until `moov` is complete, which comes before all media data. */
export class InitRewriter {
  readonly #rewrite: RewriteMoov;
  readonly #boxes = new BoxReader(["moov"]);
  #held: Uint8Array[] = [];
  #isDone = false;

  constructor(rewrite: RewriteMoov) {
    this.#rewrite = rewrite;
  }

  /** The bytes that may go on. Throws BrokenBoxes, and what `rewrite` throws. */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#isDone) return [bytes];
    this.#held.push(bytes.slice());
    const moov = this.#boxes.push(bytes).find(({ type }) => type === "moov");
    if (!moov?.bytes) return [];
    const held = concat(this.#held);
    this.#held = [];
    this.#isDone = true;
    const offsetBytes = moov.endBytes - moov.bytes.length;
    const rewritten = this.#rewrite(moov.bytes, offsetBytes);
    return [held.subarray(0, offsetBytes), rewritten, held.subarray(moov.endBytes)];
  }
}
