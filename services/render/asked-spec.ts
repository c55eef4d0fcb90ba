/** The spec of a request that comes with its depth map, or names a job that has one. */
import { MAX_CLIP_FRAMES } from "../../core/geometry/timing.js";
import { resolveSpec } from "../../core/spec/resolve-spec.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { JobSpec as WireSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { fromWireSpec } from "../../wire/spec.js";

/**
 * Absent: all defaults. No model runs, so that any name of a model is accepted. Throws the errors
 * of an invalid spec.
 */
export function askedSpec(spec: WireSpec | undefined): JobSpec {
  const request = fromWireSpec(spec ?? WireSpec.fromPartial({}));
  return resolveSpec(request, {
    models: [request.model || "none"],
    maxFrames: MAX_CLIP_FRAMES,
  });
}
