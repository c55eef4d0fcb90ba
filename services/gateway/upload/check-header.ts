/** Checks everything about a new job but its files, and names all that is wrong at once. */
import { rangeError } from "../../../core/errors.js";
import { containerRow } from "../../../core/output/containers.js";
import type { OutputSpec } from "../../../core/output/spec.js";
import { completeSpec } from "../../../core/spec/resolve-spec.js";
import type { JobSpec } from "../../../core/spec/spec.js";
import { Violations } from "../../../core/spec/violations.js";
import { fieldConflict, timeIn } from "../../../kit/rpc/requests.js";
import type { CreateJobHeader } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { JobSpec as WireSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import { fromWireSpec } from "../../../wire/spec.js";
import { checkEncodable } from "../api/catalog.js";
import type { GatewayConfig } from "../config.js";
import type { GatewayContext } from "../context.js";
import { checkedLabels } from "./labels.js";
import { checkedRequestId } from "./request-ids.js";

/** What the header of a request for a job says. */
export interface CheckedHeader {
  /** Chosen by the client for idempotency; empty if the client chose none. */
  readonly requestId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Unix milliseconds; null if the job has no deadline. */
  readonly deadlineAtMs: number | null;
  readonly spec: JobSpec;
}

/** What the checks of a header ask of the gateway. */
export interface HeaderLimits {
  readonly config: Pick<GatewayConfig, "maxFrames">;
  readonly models: Pick<GatewayContext["models"], "namesFor">;
  readonly encoders: Pick<GatewayContext["encoders"], "live">;
}

/** Throws one error with every field of the header that is wrong, after those of `violations`. */
export async function checkHeader(
  { config, models, encoders }: HeaderLimits,
  { spec: wireSpec = WireSpec.fromPartial({}), ...header }: CreateJobHeader,
  violations = new Violations(),
): Promise<CheckedHeader> {
  const requestId = violations.check(() => checkedRequestId(header.requestId)) ?? "";
  const labels = checkedLabels(header.labels, violations);
  const deadlineAtMs = violations.check(() => timeIn("deadline", wireSpec.deadline)) ?? null;
  // With a request id, the request may repeat one that created its job in time: accept-job.ts
  // decides.
  if (header.requestId === "") violations.check(() => assertInFuture(deadlineAtMs, Date.now()));
  const request = fromWireSpec(wireSpec, violations);
  const model = request.model ?? "";
  const known = await violations.checkLater(models.namesFor(model));
  const limits = { models: known ?? [model], maxFrames: config.maxFrames };
  const spec = completeSpec(request, limits, violations);
  // Outputs that were refused are missing here.
  if (violations.passed("outputs")) {
    violations.check(() => checkEncodable(spec.outputs, encoders.live));
    if (header.hasSound || header.soundUpload !== undefined) {
      violations.check(() => assertSomeOutputHoldsSound(spec.outputs));
    }
  }
  if (header.depthMapUpload !== undefined) {
    violations.check(() => assertMapAnnounced(wireSpec));
  }
  violations.throwIfAny();
  return { requestId, labels, deadlineAtMs, spec };
}

/** Throws PARAMETER_OUT_OF_RANGE for a deadline that has passed. */
export function assertInFuture(deadlineAtMs: number | null, nowMs: number): void {
  if (deadlineAtMs === null || deadlineAtMs > nowMs) return;
  const actual = new Date(deadlineAtMs).toISOString();
  const minimum = new Date(nowMs).toISOString();
  throw rangeError("deadline", actual, { minimum }, "the deadline has already passed");
}

/** Throws PARAMETER_CONFLICT for a spec without a depth map. */
function assertMapAnnounced({ depth }: WireSpec): void {
  if (depth?.map) return;
  const words = "depth_map_upload names a depth map, but spec.depth.map does not announce one";
  throw fieldConflict(words, "depth_map_upload");
}

/** Throws PARAMETER_CONFLICT if no container of the job can hold the sound. */
function assertSomeOutputHoldsSound(outputs: readonly OutputSpec[]): void {
  if (outputs.some(({ container }) => containerRow(container).sound !== undefined)) return;
  throw fieldConflict("no output of this job can hold a sound", "has_sound");
}
