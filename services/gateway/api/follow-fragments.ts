/** Follows the video fragments of a job for Convert and ReadArtifact, until the job ends. */
import type { GatewayContext } from "../context.js";
import { type FollowEvent, FollowPosition } from "./follow-position.js";
import { followRecord } from "./follow-record.js";
import { followSegments } from "./follow-segments.js";

/** Ends with the job. Throws JOB_NOT_FOUND and the signal's reason. */
export function followFragments(
  context: GatewayContext,
  job: string,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const position = new FollowPosition();
  return followRecord(context, job, signal, position, (record, division) =>
    followSegments({ context, record, division, position }, signal),
  );
}
