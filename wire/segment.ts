/** Converts segments of a fragmented MP4, or a whole file as one segment, to messages. */
import type { SegmentEvent } from "../core/fragments/segment-index.js";
import { Segment, SegmentKind } from "../proto/gen/depthmesh/v1/segment.js";

const KINDS = {
  init: SegmentKind.SEGMENT_KIND_INIT,
  fragment: SegmentKind.SEGMENT_KIND_FRAGMENT,
} as const;

/** The response of both EncodeFrames and FollowJob. */
export type WireSegmentEvent =
  | { readonly $case: "segment"; readonly value: Segment }
  | { readonly $case: "chunk"; readonly value: Uint8Array };

/**
 * Sends a whole file as one segment, without its size: the reader learns the size from the last
 * chunk.
 */
export async function* fileMessages(
  content: AsyncIterable<Uint8Array>,
  frames: number,
): AsyncGenerator<WireSegmentEvent> {
  const kind = SegmentKind.SEGMENT_KIND_FILE;
  yield { $case: "segment", value: Segment.fromPartial({ kind, frames }) };
  for await (const chunk of content) yield toWireSegmentEvent({ chunk });
}

export function toWireSegmentEvent(event: SegmentEvent): WireSegmentEvent {
  if ("segment" in event) {
    const { kind, ...segment } = event.segment;
    return { $case: "segment", value: { ...segment, kind: KINDS[kind] } };
  }
  return { $case: "chunk", value: event.chunk };
}
