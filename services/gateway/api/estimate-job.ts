/**
 * EstimateJob: how long a job would take, how large its outputs would be, and where its result
 * would differ from the request, without creating it.
 */

import { rangeError } from "../../../core/errors.js";
import { workOf } from "../../../core/estimate/work.js";
import type { Size } from "../../../core/geometry/size.js";
import type { EncodersByWorker } from "../../../core/output/codecs.js";
import { largeOutputNotes } from "../../../core/output/expected-size.js";
import { DEFAULT_PHOTO_LIMITS } from "../../../core/photo/limits.js";
import { degradationNote, type Note, note } from "../../../core/spec/note.js";
import { planOf } from "../../../core/spec/plan.js";
import { checkFrameSides, checkPixelFrames } from "../../../core/spec/resolve-clip.js";
import { type JobSpec, lastStageOf } from "../../../core/spec/spec.js";
import { Violations } from "../../../core/spec/violations.js";
import { partsOf } from "../../../pipeline/record/observed-work.js";
import type { Stage } from "../../../pipeline/stages.js";
import {
  CreateJobHeader,
  type EstimateJobRequest,
  type EstimateJobResponse,
} from "../../../proto/gen/depthmesh/v1/job_service.js";
import { toWirePlan } from "../../../wire/job.js";
import type { GatewayConfig } from "../config.js";
import type { GatewayContext } from "../context.js";
import { checkHeader, type HeaderLimits } from "../upload/check-header.js";

/** The photo that is assumed if the request names no size, in pixels. */
const USUAL_PHOTO: Size = { width: 1920, height: 1080 };

export interface EstimateLimits extends HeaderLimits {
  readonly config: Pick<GatewayConfig, "maxFrames" | "maxPixels" | "maxPixelFrames">;
  readonly models: Pick<GatewayContext["models"], "namesFor" | "list">;
  readonly outlook: Pick<GatewayContext["outlook"], "estimate" | "latestDegradation">;
}

/** Throws what CreateJob throws for the spec, and PARAMETER_OUT_OF_RANGE for the photo's size. */
export async function estimateJob(
  limits: EstimateLimits,
  { spec: wireSpec, photoWidth, photoHeight }: EstimateJobRequest,
): Promise<EstimateJobResponse> {
  const { maxPixels, maxPixelFrames } = limits.config;
  const photo = {
    width: photoWidth || USUAL_PHOTO.width,
    height: photoHeight || USUAL_PHOTO.height,
  };
  const violations = new Violations();
  for (const side of ["width", "height"] as const) {
    violations.check(() => checkSide(`photo_${side}`, photo[side]));
  }
  violations.check(() => checkPixels(photo, maxPixels));
  const header = CreateJobHeader.fromPartial({});
  const { spec } = await checkHeader(limits, { ...header, spec: wireSpec }, violations);
  checkFrameSides(spec, photo);
  checkPixelFrames(spec, photo, maxPixelFrames);
  const plan = planOf(spec, photo);
  const parts = partsOf({ lastStage: lastStageOf(spec) });
  const { seconds, bytes, samples } = limits.outlook.estimate(workOf(spec, photo), parts);
  const notes = [
    ...(await depthNotes(limits, spec)),
    ...largeOutputNotes(spec.outputs, spec.clip, plan).map((large) => ({
      ...large,
      stage: "encode" as const,
    })),
    ...encoderNotes(spec, limits.encoders.live),
  ];
  return {
    secondsP50: seconds && rounded(seconds.p50),
    secondsP90: seconds && rounded(seconds.p90),
    bytesP50: bytes && Math.round(bytes.p50),
    bytesP90: bytes && Math.round(bytes.p90),
    samples,
    plan: toWirePlan(plan),
    notes: notes.map((each) => ({ ...each, metadata: { ...each.metadata } })),
  };
}

function checkSide(field: string, pixels: number): void {
  const { minSidePixels: minimum, maxSidePixels: maximum } = DEFAULT_PHOTO_LIMITS;
  if (pixels < minimum || pixels > maximum) throw rangeError(field, pixels, { minimum, maximum });
}

function checkPixels({ width, height }: Size, maximum: number): void {
  if (width * height <= maximum) return;
  const message = `the photo would have ${width * height} pixels; the limit is ${maximum}`;
  throw rangeError("photo_width", width, { maximum: Math.floor(maximum / height) }, message);
}

type StageNote = Note & { readonly stage: Stage };

/**
 * What the latest job with this model had to be told, and what cannot be otherwise because no model
 * is installed.
 */
async function depthNotes(
  { models, outlook }: Pick<EstimateLimits, "models" | "outlook">,
  { model, depth, degradePolicy }: JobSpec,
): Promise<StageNote[]> {
  // A job that forbids it fails instead.
  if (depth.map || degradePolicy === "forbid") return [];
  const latest = outlook.latestDegradation(model);
  if (latest) return [{ ...latest, stage: "depth" }];
  const states = (await models.list()).map(({ state }) => state);
  if (states.some((state) => state === "available" || state === "unknown")) return [];
  const facts = { from: model, to: "none", reason: "MODEL_NOT_INSTALLED", detail: "no-model" };
  return [{ ...degradationNote(facts), stage: "depth" }];
}

/** As the encode stage tells it: a note where hardware was asked for and none works. */
function encoderNotes({ outputs }: JobSpec, workers: EncodersByWorker): StageNote[] {
  const working = [...workers.values()].flat().filter(({ works }) => works);
  if (working.length === 0) return [];
  return outputs.flatMap(({ name, codec, acceleration }) => {
    const able = working.filter((encoder) => encoder.codec === codec);
    if (acceleration !== "hardware" || able.some(({ hardware }) => hardware !== "")) return [];
    const metadata = { output: name, codec, encoder: able[0]?.name ?? "" };
    return [{ ...note("ENCODED_IN_SOFTWARE", metadata), stage: "encode" as const }];
  });
}

/** In milliseconds: more is not known. */
const rounded = (seconds: number) => Math.round(1000 * seconds) / 1000;
