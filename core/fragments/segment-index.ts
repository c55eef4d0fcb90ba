/** Finds where the segments of a fragmented MP4 begin and end, while its bytes arrive. */
import { BoxReader } from "./box-reader.js";

/** ffmpeg numbers tracks from 1, the video first. */
const VIDEO_TRACK = 1;

export interface Segment {
  /** `init` is everything up to the end of `moov`; `fragment` is a `moof` with its `mdat`. */
  readonly kind: "init" | "fragment";
  /** Number of the fragment, from 0. */
  readonly index: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Number of video frames of a fragment, and the frame number of its first in the clip. */
  readonly firstFrame: number;
  readonly frames: number;
}

/** A segment begins, or bytes of the one before. */
export type SegmentEvent = { readonly segment: Segment } | { readonly chunk: Uint8Array };

export class SegmentIndex {
  readonly #boxes = new BoxReader(["moof"]);
  readonly #segments: Segment[] = [];
  #endBytes = 0;
  #frames = 0;
  #pendingFrames = 0;

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Video frames in whole fragments. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes of whole segments. */
  get sizeBytes(): number {
    return this.#endBytes;
  }

  /** Whether a segment ended in these bytes. Throws BrokenBoxes. */
  push(bytes: Uint8Array): boolean {
    const before = this.#segments.length;
    for (const { type, endBytes, bytes: moof } of this.#boxes.push(bytes)) {
      if (moof) this.#pendingFrames = fragmentSamples(moof, VIDEO_TRACK);
      if (type === "moov") this.#add("init", 0, endBytes);
      if (type === "mdat") this.#add("fragment", this.#pendingFrames, endBytes);
    }
    return this.#segments.length > before;
  }

  #add(kind: Segment["kind"], frames: number, endBytes: number): void {
    const offsetBytes = this.#endBytes;
    const sizeBytes = endBytes - offsetBytes;
    const index = Math.max(0, this.#segments.length - 1);
    const firstFrame = this.#frames;
    this.#segments.push({ kind, index, offsetBytes, sizeBytes, firstFrame, frames });
    this.#frames += frames;
    this.#endBytes = endBytes;
  }
}

const HEADER_BYTES = 8;
/** Version and flags of a full box. */
const FULL_HEADER_BYTES = HEADER_BYTES + 4;

/**
 * Number of samples of one track in a `moof` box (ISO/IEC 14496-12, 8.8); `moof` begins with its
 * header.
 */
export function fragmentSamples(moof: Uint8Array, track: number): number {
  let samples = 0;
  for (const traf of childrenOf(view(moof), "traf")) {
    const [header] = childrenOf(traf, "tfhd");
    if (header?.getUint32(FULL_HEADER_BYTES) !== track) continue;
    for (const run of childrenOf(traf, "trun")) samples += run.getUint32(FULL_HEADER_BYTES);
  }
  return samples;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function* childrenOf(box: DataView, type: string): Generator<DataView> {
  let offset = HEADER_BYTES;
  while (offset + HEADER_BYTES <= box.byteLength) {
    const sizeBytes = box.getUint32(offset);
    if (sizeBytes < HEADER_BYTES || offset + sizeBytes > box.byteLength) return;
    const name = String.fromCharCode(
      ...[4, 5, 6, 7].map((position) => box.getUint8(offset + position)),
    );
    if (name === type) yield new DataView(box.buffer, box.byteOffset + offset, sizeBytes);
    offset += sizeBytes;
  }
}
