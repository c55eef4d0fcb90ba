/**
 * The specification that the page holds, in JSON, as the request that core checks: the scene in the
 * browser has the rules of a job because the same code completes and refuses it.
 */
import { MAX_CLIP_FRAMES } from "../../../../core/geometry/timing.js";
import type { OutputRequest } from "../../../../core/output/spec.js";
import { OUTPUT_PARAMETERS } from "../../../../core/spec/parameters/outputs.js";
import { keysOf } from "../../../../core/spec/parameters/row.js";
import { FIELD_NAMES, FIELD_PARAMETERS } from "../../../../core/spec/parameters.js";
import type { MotionRequest, SpecRequest } from "../../../../core/spec/request.js";
import { resolveSpec } from "../../../../core/spec/resolve-spec.js";
import type { ArtifactKind, JobSpec } from "../../../../core/spec/spec.js";
import type {
  JobSpecJson,
  MotionJson,
  OutputJson,
} from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { wordOf } from "./enum-names.js";
import { fieldOf } from "./spec-fields.js";

/**
 * The complete specification. Throws the errors of an invalid one, with all fields at fault. Any
 * name of a depth model is taken, because the depth map is there already.
 */
export function specOf(json: JobSpecJson): JobSpec {
  const request = requestOf(json);
  return resolveSpec(request, {
    models: [request.model || "none"],
    maxFrames: MAX_CLIP_FRAMES,
  });
}

/** What of a specification decides its pictures; what the caller says of a depth map does not. */
export function requestOf(json: JobSpecJson): SpecRequest {
  const { clip, camera, motions = [], outputs = [], artifacts = [] } = json;
  const rate = clip?.frameRate;
  const fields = FIELD_NAMES.flatMap((name) => {
    const value = fieldOf(json, FIELD_PARAMETERS[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    model: json.model,
    preset: camera?.preset,
    frameRate: rate && { numerator: rate.numerator ?? 0, denominator: rate.denominator || 1 },
    fields: Object.fromEntries(fields),
    motions: motions.map(motionOf),
    outputs: outputs.map(outputOf),
    artifacts: artifacts.map((kind) => ARTIFACTS[kind] ?? "poster"),
  };
}

/** Not made from the names, because people write `strip` for a still strip. */
const ARTIFACTS: Readonly<Record<string, ArtifactKind>> = {
  ARTIFACT_KIND_DEPTH: "depth",
  ARTIFACT_KIND_POSTER: "poster",
  ARTIFACT_KIND_STILL_STRIP: "strip",
  ARTIFACT_KIND_NORMALS: "normals",
  ARTIFACT_KIND_LAYERS: "layers",
  ARTIFACT_KIND_SCENE: "scene",
  ARTIFACT_KIND_VIEWER: "viewer",
};

function motionOf({ parameter = "", components, keyframes, values }: MotionJson): MotionRequest {
  if (components) {
    return {
      parameter,
      components: (components.components ?? []).map((component) => ({
        kind: wordOf("motions.components.components.kind", component.kind ?? "") ?? "",
        amplitude: given(component.amplitude),
        bias: given(component.bias),
        cycles: given(component.cycles),
        phase: given(component.phase),
        reverse: component.reverse,
      })),
    };
  }
  if (keyframes) {
    return {
      parameter,
      keyframes: (keyframes.keyframes ?? []).map(({ tau, value, easing }) => ({
        tau: Number(tau ?? 0),
        value: Number(value ?? 0),
        easing: wordOf("motions.keyframes.keyframes.easing", easing ?? ""),
      })),
    };
  }
  return values ? { parameter, values: (values.values ?? []).map(Number) } : { parameter };
}

const given = (value: number | string | undefined) => (value === undefined ? value : Number(value));

function outputOf(output: OutputJson): OutputRequest {
  const settings = Object.values(OUTPUT_PARAMETERS).flatMap((row) => {
    const path = row.name.slice("outputs.".length);
    const [key = ""] = keysOf(path);
    const value = fieldOf(output, row, path);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(settings);
}
