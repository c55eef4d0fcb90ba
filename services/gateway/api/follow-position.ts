/**
 * What a follower of a job's fragments is told, and what it knows already: each new source begins
 * with the first byte again.
 */
import type { Segment } from "../../../core/fragments/segment-index.js";
import type { JobRecord } from "../../../pipeline/record/record.js";

export type FollowEvent =
  /** Segments of another encode attempt begin: everything before is void. */
  | { readonly kind: "attempt"; readonly attempt: string }
  | { readonly kind: "segment"; readonly segment: Segment }
  /** `offsetBytes` counts from the start of the attempt. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array; readonly offsetBytes: number }
  /** Always the last event. */
  | { readonly kind: "ended"; readonly record: JobRecord };

/** What the follower has received. */
export class FollowPosition {
  #attempt = "";
  #nextBytes = 0;
  #lastSegmentAt = -1;

  /** False if the attempt is the current one. */
  begin(attempt: string): boolean {
    if (attempt === this.#attempt) return false;
    this.#attempt = attempt;
    this.#nextBytes = 0;
    this.#lastSegmentAt = -1;
    return true;
  }

  /** False if the segment was passed on before. */
  isNewSegment({ offsetBytes }: Segment): boolean {
    if (offsetBytes <= this.#lastSegmentAt) return false;
    this.#lastSegmentAt = offsetBytes;
    return true;
  }

  /** The part of `bytes` that is new; empty if all of it is known. */
  newPart(bytes: Uint8Array, offsetBytes: number): Uint8Array {
    const known = Math.min(bytes.length, Math.max(0, this.#nextBytes - offsetBytes));
    this.#nextBytes = Math.max(this.#nextBytes, offsetBytes + bytes.length);
    return bytes.subarray(known);
  }
}

/** The events that the follower has not had yet. */
export async function* onlyNew(
  position: FollowPosition,
  events: AsyncIterable<FollowEvent>,
): AsyncGenerator<FollowEvent> {
  for await (const event of events) {
    if (event.kind === "attempt" && !position.begin(event.attempt)) continue;
    if (event.kind === "segment" && !position.isNewSegment(event.segment)) continue;
    if (event.kind !== "chunk") {
      yield event;
      continue;
    }
    const bytes = position.newPart(event.bytes, event.offsetBytes);
    const offsetBytes = event.offsetBytes + event.bytes.length - bytes.length;
    if (bytes.length > 0) yield { kind: "chunk", bytes, offsetBytes };
  }
}
