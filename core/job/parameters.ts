/** Every number a caller may set: name, unit, range, default and meaning, once. Validation, the catalogue, the command's help and the docs are made from it. */
import { InputError } from "../input-error.js";
import { DEPTH_PARAMETERS } from "./parameters/depth.js";

export interface ParameterRow {
  /** Path of the field in a JobSpec. */
  readonly name: string;
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  /** Undefined where the photo decides. */
  readonly defaultValue: number | undefined;
  /** Values are multiples of this; 0 means any real number. */
  readonly step: number;
  readonly meaning: string;
}

export const PARAMETERS = {
  intensity: {
    name: "camera.intensity",
    unit: "",
    minimum: 0,
    maximum: 4,
    defaultValue: 1,
    step: 0,
    meaning: "how far the preset moves; 1 is its natural strength",
  },
  phase: {
    name: "camera.phase",
    unit: "turns",
    minimum: 0,
    maximum: 1,
    defaultValue: 0,
    step: 0,
    meaning: "where in the loop the clip begins",
  },
  duration: {
    name: "clip.duration_seconds",
    unit: "s",
    minimum: 0.5,
    maximum: 30,
    defaultValue: 3,
    step: 0,
    meaning: "length of one loop",
  },
  frameRate: {
    name: "clip.frame_rate",
    unit: "frames/s",
    minimum: 1,
    maximum: 120,
    defaultValue: 30,
    step: 0,
    meaning: "constant frame rate",
  },
  width: {
    name: "clip.width",
    unit: "pixels",
    minimum: 64,
    maximum: 4096,
    defaultValue: undefined,
    step: 2,
    meaning: "width of the video; absent: the photo's aspect, long side 1280",
  },
  height: {
    name: "clip.height",
    unit: "pixels",
    minimum: 64,
    maximum: 4096,
    defaultValue: undefined,
    step: 2,
    meaning: "height of the video; absent: the photo's aspect, long side 1280",
  },
  crf: {
    name: "outputs.crf",
    unit: "",
    minimum: 0,
    maximum: 51,
    defaultValue: 20,
    step: 0,
    meaning: "constant rate factor of the encoder; lower is better and larger",
  },
  ...DEPTH_PARAMETERS,
} as const satisfies Record<string, ParameterRow>;

export type ParameterKey = keyof typeof PARAMETERS;

/** `value` if it is within its row's range, the default if it is absent. Throws PARAMETER_OUT_OF_RANGE. */
export function checkParameter(row: ParameterRow, value: number): number {
  const { name, minimum, maximum, step, unit } = row;
  // Written so that NaN is refused too.
  const inRange = value >= minimum && value <= maximum;
  if (inRange && (step === 0 || value % step === 0)) return value;
  const grain = step > 1 ? `, a multiple of ${step}` : "";
  throw new InputError(
    "PARAMETER_OUT_OF_RANGE",
    `${name} is ${value}; it must be ${minimum} to ${maximum}${unit && ` ${unit}`}${grain}`,
    {
      field: name,
      actual: String(value),
      limit_minimum: String(minimum),
      limit_maximum: String(maximum),
      ...(step > 0 && { limit_step: String(step) }),
    },
  );
}
