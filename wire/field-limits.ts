/**
 * How many entries the lists of a request may have, and how large other chunks are than of files.
 */
import { MOTION_LIMITS } from "../core/spec/resolve-motions.js";
import { MAX_OUTPUTS } from "../core/spec/resolve-outputs.js";
import { MAX_REQUEST_FIELDS } from "../kit/rpc/message-scan.js";
import { ArtifactKind } from "../proto/gen/depthmesh/v1/spec.js";

/** Most jobs of one batch. */
export const MAX_BATCH_JOBS = 100;
/** Most bytes of frames in one message. */
const BAND_BYTES = 1024 * 1024;

/**
 * By the full name of a field. Lists that are a little too long pass: core names their lengths in
 * its own words. What must not pass is a list that costs seconds to build.
 */
export const FIELD_LIMITS = {
  "depthmesh.v1.JobSpec.outputs": 4 * MAX_OUTPUTS,
  "depthmesh.v1.JobSpec.artifacts": 4 * Object.keys(ArtifactKind).length,
  "depthmesh.v1.JobSpec.motions": 4 * MOTION_LIMITS.motions,
  "depthmesh.v1.BatchCreateJobsRequest.jobs": 4 * MAX_BATCH_JOBS,
  "depthmesh.v1.Components.components": 4 * MOTION_LIMITS.components,
  "depthmesh.v1.Keyframes.keyframes": 4 * MOTION_LIMITS.keyframes,
  "depthmesh.v1.FrameValues.values": MAX_REQUEST_FIELDS,
  "depthmesh.stage.v1.EncodeFramesRequest.band": BAND_BYTES,
} as const;
