/**
 * Decides, once for each clip, how strong its camera is for its photo: everything that is drawn of
 * a job follows from this and the specification, so that the clip, its stills and a RenderStill
 * call show the same movement.
 */
import { DepthmeshError } from "../../errors.js";
import type { Size } from "../../geometry/size.js";
import { type Note, note } from "../../spec/note.js";
import type { JobSpec } from "../../spec/spec.js";
import type { CameraFigures } from "../../spec/stage-output.js";
import { DEFAULT_CAMERA, seenDisparity } from "../camera.js";
import { photoHalfSides } from "../geometry.js";
import { limitedPath, withStrength } from "../limits/limited-path.js";
import { type SampledMap, sampledMap } from "../limits/sampled-map.js";
import type { Strength } from "../limits/strength.js";
import type { Figures } from "../limits/view-figures.js";
import { eyeCameras, weakerEyes } from "../stereo/eyes.js";
import { stereoFrame } from "../stereo/layout.js";
import { subjectOf } from "../subject.js";
import { type ClipCamera, coveringStates, FULL_STRENGTH } from "./clip-states.js";

export interface CameraSource {
  readonly spec: JobSpec;
  readonly photoSize: Size;
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
}

export interface LimitedCamera extends ClipCamera {
  readonly figures: CameraFigures;
  /** Says that the camera is weaker than requested. */
  readonly notes: readonly Note[];
}

const NO_LIMITS: Figures = {
  hiddenAreaPercent: Number.POSITIVE_INFINITY,
  stretchP99: Number.POSITIVE_INFINITY,
};

/** The same for the same source. Throws CAMERA_LIMIT_EXCEEDED if the specification is strict. */
export function limitCamera(source: CameraSource): LimitedCamera {
  const { spec, photoSize, disparity, disparitySize } = source;
  const { limit, maxHiddenAreaPercent, maxStretchP99 } = spec.camera;
  const { picture } = stereoFrame(spec.clip, spec.stereo, photoSize).eye;
  const aspect = picture.width / picture.height;
  const map = sampledMap(disparity, disparitySize);
  const seen = isSubjectWanted(spec) ? { subject: seenSubject(map, spec) } : {};
  const path = coveringStates({ spec, photoSize, camera: { ...FULL_STRENGTH, ...seen } }, []);
  const limits = { hiddenAreaPercent: maxHiddenAreaPercent, stretchP99: maxStretchP99 };
  const found = limitedPath(
    map,
    path.map(({ camera }) => camera),
    { aspect, halfSides: photoHalfSides(photoSize, aspect) },
    limit === "none" ? NO_LIMITS : limits,
    (camera, strength) =>
      eyeCameras(withStrength(camera, strength), weakerEyes(spec.stereo, strength), aspect),
  );
  const { strength, figures } = found;
  if (strength < 1 && limit === "strict") throw exceeded(found, limits);
  return {
    strength,
    ...seen,
    figures: { strength, ...figures, ...seen },
    notes: strength < 1 ? [note("CAMERA_WEAKENED", factsOf(found, limits))] : [],
  };
}

/** Only this preset moves around the subject. */
const isSubjectWanted = ({ camera }: JobSpec) => camera.preset === "auto";

/** A caller may exchange near and far for the whole clip. */
function seenSubject(map: SampledMap, { values }: JobSpec): number {
  const invert = Number(values["camera.invert"] ?? 0);
  const { base, slope } = seenDisparity({ ...DEFAULT_CAMERA, invert });
  return base + slope * subjectOf(map);
}

function exceeded(found: Strength, limits: Figures): DepthmeshError {
  const { full, strength } = found;
  const over = [
    ...(full.hiddenAreaPercent > limits.hiddenAreaPercent
      ? [`show ${shown(full.hiddenAreaPercent)} % that the photo hides`]
      : []),
    ...(full.stretchP99 > limits.stretchP99
      ? [`stretch its surface ${shown(full.stretchP99)} times`]
      : []),
  ].join(" and ");
  const allowed = `at most ${limits.hiddenAreaPercent} % and ${limits.stretchP99} times are allowed`;
  const message = `the worst frame would ${over}; ${allowed}. Make the movement weaker: ${shown(strength)} of its depth is within the limits`;
  return new DepthmeshError("CAMERA_LIMIT_EXCEEDED", message, {
    metadata: { field: "camera.limit", ...factsOf(found, limits) },
  });
}

/** Keys name the units; a stretch is a factor. */
function factsOf({ strength, full }: Strength, limits: Figures): Record<string, string> {
  return {
    strength_percent: shown(100 * strength),
    actual_hidden_area_percent: shown(full.hiddenAreaPercent),
    limit_hidden_area_percent: String(limits.hiddenAreaPercent),
    actual_stretch_p99: shown(full.stretchP99),
    limit_stretch_p99: String(limits.stretchP99),
  };
}

const shown = (value: number) => String(Number(value.toFixed(2)));
