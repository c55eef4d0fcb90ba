/** Checks and completes the stereo options of a request. */
import { DepthmeshError } from "../errors.js";
import { CONTAINER_NAMES, holdsVr180 } from "../output/containers.js";
import type { StereoLayout, StereoSpec } from "../scene/stereo/layout.js";
import type { Fields } from "./fields.js";
import { STEREO_PARAMETERS } from "./parameters/stereo.js";
import type { SpecRequest } from "./request.js";
import type { WebDefaults } from "./resolve-outputs.js";
import type { ClipSpec, JobSpec } from "./spec.js";
import { asksForAlpha } from "./transparency.js";
import { type Checks, FIRST_ONLY } from "./violations.js";

/**
 * In VR180 a plane without parallax is infinitely far away, and nothing lies behind it: eyes cannot
 * look apart.
 */
const VR180_DEFAULTS: SpecRequest["fields"] = { "stereo.convergence": 0 };

/** Refuses an option that the layout does not take, with PARAMETER_CONFLICT. */
export function resolveStereo(fields: Fields, checks: Checks = FIRST_ONLY): StereoSpec {
  const layout = fields.word<StereoLayout>("stereo.layout");
  const stereo = fields.section<StereoSpec>("stereo", layout === "vr180" ? VR180_DEFAULTS : {});
  const refuse = (field: keyof typeof STEREO_PARAMETERS, takers: string) =>
    checks.check(() => refuseUnlessDefault(fields, field, layout, takers));
  if (layout === "none") {
    for (const name of ["separation_percent", "convergence", "swap_eyes"] as const) {
      refuse(`stereo.${name}`, "every layout but none");
    }
  }
  if (layout === "vr180") {
    refuse("stereo.swap_eyes", "every layout but none and vr180");
  } else {
    refuse("stereo.field_of_view_degrees", "vr180");
  }
  return stereo;
}

/** Side of an eye's square if the request names no size: what most headsets show, in pixels. */
const VR180_SIDE_PIXELS = 2048;

/** The size of a VR180 clip whose request names none, which `web` says. */
export function stereoClip(
  { layout }: StereoSpec,
  { longestSidePixels: namesNone }: WebDefaults,
): Partial<Pick<ClipSpec, "longestSide">> {
  return layout === "vr180" && namesNone ? { longestSide: VR180_SIDE_PIXELS } : {};
}

/** Throws PARAMETER_CONFLICT where frames must be transparent and stereo. */
export function checkStereoOpaque(spec: JobSpec): void {
  const { layout } = spec.stereo;
  if (layout === "none") return;
  if (spec.clip.background === "none") {
    const message =
      "clip.background is none, but stereo frames are opaque: use photo, or stereo.layout none";
    const metadata = { field: "clip.background", conflicts_with: "stereo.layout", actual: layout };
    throw new DepthmeshError("PARAMETER_CONFLICT", message, { metadata });
  }
  if (!asksForAlpha(spec)) return;
  const ofOutput = spec.outputs.some(({ transparency }) => transparency === "keep");
  const field = ofOutput ? "outputs.transparency" : "stills.poster_transparency";
  const message = `${field} is keep, but stereo frames are opaque: use flatten, or stereo.layout none`;
  throw new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: { field, conflicts_with: "stereo.layout", actual: layout },
  });
}

/** Throws PARAMETER_CONFLICT for an output that cannot say that it is VR180. */
export function checkVr180Outputs({ stereo: { layout }, outputs }: JobSpec): void {
  if (layout !== "vr180") return;
  const wrong = outputs.find(({ container }) => !holdsVr180(container));
  if (!wrong) return;
  const known = CONTAINER_NAMES.filter(holdsVr180);
  const message = `a ${wrong.container} file cannot say that it is vr180, so players would show it flat; the container must be ${known.join(", ")}`;
  throw new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: {
      field: "outputs.container",
      conflicts_with: "stereo.layout",
      actual: wrong.container,
      known: known.join(" "),
    },
  });
}

/** The default is no conflict, because a complete specification states it. */
function refuseUnlessDefault(
  fields: Fields,
  field: keyof typeof STEREO_PARAMETERS,
  layout: StereoLayout,
  takers: string,
): void {
  const value = fields.optional<number | string>(field);
  if (value === undefined || value === STEREO_PARAMETERS[field].defaultValue) return;
  const message = `${field} is for ${takers}, and stereo.layout is ${layout}`;
  throw new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: { field, conflicts_with: "stereo.layout", actual: layout },
  });
}
