/** What the records of a divided clip and of its segments say about the division. */
import type { FrameRange } from "../../core/scene/clip/segment-plan.js";
import type { Quality } from "../../core/scene/quality.js";

/** How a clip is divided. The segments' records have ids that follow from it (`segmentId`). */
export interface Division {
  /** Another division of the same job has another id, and other segments. */
  readonly id: string;
  /** Of all segments, whichever renderer draws them. */
  readonly quality: Quality;
  readonly ranges: readonly FrameRange[];
  /** The span that divided the clip (W3C's `traceparent`): the segments' work continues it. */
  readonly traceParent: string;
  /** Failures, crashes and deferrals of the segments that were retried. */
  readonly retries: number;
}

/** Which part of its job's clip a segment is. */
export interface SegmentFacts extends FrameRange {
  /** Id of the division. */
  readonly division: string;
  /** Number of the segment, from 0. */
  readonly index: number;
  readonly quality: Quality;
}
