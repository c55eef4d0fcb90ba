/** What a job is to make, complete and checked: the form in which the spec travels between the stages. */
import { clipFrames, MAX_CLIP_FRAMES } from "../clip/timing.js";
import { InputError } from "../input-error.js";
import { DEFAULT_PRESET, isPreset, PRESET_NAMES, type PresetName } from "../scene/presets.js";
import { type DepthRequest, type DepthSpec, resolveDepth } from "./depth-spec.js";
import { checkParameter, PARAMETERS, type ParameterKey } from "./parameters.js";

export type Priority = "low" | "normal" | "high";
export type ArtifactKind = "depth";
/** Whether a result may be made in a lesser way than asked for. */
export type DegradePolicy = "allow" | "forbid";

export interface CameraSpec {
  readonly preset: PresetName;
  readonly intensity: number;
  readonly phaseTurns: number;
}

export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

/** Width and height are absent where the photo decides. */
export interface ClipSpec {
  readonly durationSeconds: number;
  readonly frameRate: FrameRate;
  readonly width?: number;
  readonly height?: number;
}

export interface OutputSpec {
  readonly container: "mp4";
  readonly codec: "h264";
  readonly crf: number;
}

export interface JobSpec {
  readonly model: string;
  readonly depth: DepthSpec;
  readonly camera: CameraSpec;
  readonly clip: ClipSpec;
  readonly outputs: readonly OutputSpec[];
  readonly artifacts: readonly ArtifactKind[];
  readonly priority: Priority;
  readonly degradePolicy: DegradePolicy;
}

/** What a caller says: everything may be absent. */
export interface SpecRequest {
  readonly model?: string | undefined;
  readonly depth?: DepthRequest | undefined;
  readonly preset?: string | undefined;
  readonly intensity?: number | undefined;
  readonly phase?: number | undefined;
  readonly durationSeconds?: number | undefined;
  readonly frameRate?: FrameRate | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly outputs: readonly { readonly crf?: number | undefined }[];
  readonly artifacts: readonly ArtifactKind[];
  readonly priority?: Priority | undefined;
  readonly degradePolicy?: DegradePolicy | undefined;
}

/** One job makes one video for now. */
const MAX_OUTPUTS = 1;

/**
 * Fill in the defaults and check every range. `models` are the names the server knows, the first is its default.
 * Throws InputError with the field, the limit and the actual value.
 */
export function resolveSpec(request: SpecRequest, models: readonly string[]): JobSpec {
  const outputs = resolveOutputs(request);
  if (request.depth?.map && request.model) {
    throw new InputError("PARAMETER_CONFLICT", "a job has a depth model or its own depth map", {
      field: "model",
    });
  }
  return {
    model: resolveModel(request.model, models),
    depth: resolveDepth(request.depth),
    camera: {
      preset: resolvePreset(request.preset),
      intensity: resolve("intensity", request.intensity),
      phaseTurns: resolve("phase", request.phase),
    },
    clip: resolveClip(request),
    outputs,
    artifacts: [...new Set(request.artifacts)],
    priority: request.priority ?? "normal",
    degradePolicy: request.degradePolicy ?? "allow",
  };
}

function resolve(key: ParameterKey, value: number | undefined): number {
  const row = PARAMETERS[key];
  return checkParameter(row, value ?? row.defaultValue ?? Number.NaN);
}

function resolveModel(name: string | undefined, models: readonly string[]): string {
  const model = name || models[0];
  if (model !== undefined && models.includes(model)) return model;
  throw new InputError("MODEL_UNKNOWN", "there is no depth model of this name", {
    field: "model",
    known: models.join(" "),
  });
}

function resolvePreset(name: string | undefined): PresetName {
  const preset = name || DEFAULT_PRESET;
  if (isPreset(preset)) return preset;
  throw new InputError("PRESET_UNKNOWN", "there is no camera preset of this name", {
    field: "camera.preset",
    actual: preset.slice(0, 64),
    known: PRESET_NAMES.join(" "),
  });
}

function resolveClip(request: SpecRequest): ClipSpec {
  const frameRate = request.frameRate ?? { numerator: 30, denominator: 1 };
  const { numerator, denominator } = frameRate;
  const whole = Number.isInteger(numerator) && Number.isInteger(denominator) && denominator > 0;
  checkParameter(PARAMETERS.frameRate, whole ? numerator / denominator : Number.NaN);
  const durationSeconds = resolve("duration", request.durationSeconds);
  const frames = clipFrames(durationSeconds, frameRate);
  if (frames < 1 || frames > MAX_CLIP_FRAMES) {
    throw new InputError("PARAMETER_OUT_OF_RANGE", `the clip would have ${frames} frames`, {
      field: PARAMETERS.duration.name,
      actual_frames: String(frames),
      limit_frames: String(MAX_CLIP_FRAMES),
    });
  }
  const clip = { durationSeconds, frameRate };
  const { width, height } = request;
  return {
    ...clip,
    ...(width !== undefined && { width: checkParameter(PARAMETERS.width, width) }),
    ...(height !== undefined && { height: checkParameter(PARAMETERS.height, height) }),
  };
}

function resolveOutputs({ outputs, artifacts }: SpecRequest): OutputSpec[] {
  if (outputs.length > MAX_OUTPUTS) {
    throw new InputError("PARAMETER_OUT_OF_RANGE", `a job makes at most ${MAX_OUTPUTS} output`, {
      field: "outputs",
      actual: String(outputs.length),
      limit_maximum: String(MAX_OUTPUTS),
    });
  }
  const wanted = outputs.length === 0 && artifacts.length === 0 ? [{ crf: undefined }] : outputs;
  return wanted.map(({ crf }) => ({ container: "mp4", codec: "h264", crf: resolve("crf", crf) }));
}
