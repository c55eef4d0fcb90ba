/** Command-line options of a job, their help made from the parameter table. */
import type { Command } from "commander";
import { checkParameter, PARAMETERS, type ParameterKey } from "../core/job/parameters.js";
import { DEFAULT_PRESET, PRESET_NAMES } from "../core/scene/presets.js";
import { DepthmeshError } from "../kit/errors.js";
import { DegradePolicy } from "../proto/gen/depthmesh/v1/model.js";
import { type FrameRate, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";

export interface SpecOptions {
  readonly preset?: string;
  readonly intensity?: number;
  readonly duration?: number;
  readonly fps?: FrameRate;
  readonly width?: number;
  readonly height?: number;
  readonly model?: string;
  readonly degrade?: boolean;
}

function helpOf(key: ParameterKey): string {
  const { meaning, minimum, maximum, unit, defaultValue } = PARAMETERS[key];
  const byDefault = defaultValue === undefined ? "" : `, default ${defaultValue}`;
  return `${meaning} (${minimum} to ${maximum}${unit && ` ${unit}`}${byDefault})`;
}

/** A number within its row's range; the server would refuse it with the same words. */
const numberOf = (key: ParameterKey) => (text: string) =>
  checkParameter(PARAMETERS[key], text.trim() === "" ? Number.NaN : Number(text));

/** `30`, `29.97` or `30000/1001`. */
export function parseFrameRate(text: string): FrameRate {
  const [numerator = "", denominator = "1"] = text.split("/");
  const decimals = numerator.split(".")[1]?.length ?? 0;
  const scale = 10 ** decimals;
  const rate = {
    numerator: Math.round(Number(numerator) * scale),
    denominator: Number(denominator) * scale,
  };
  checkParameter(PARAMETERS.frameRate, rate.numerator / rate.denominator);
  return rate;
}

export function addSpecOptions(command: Command): Command {
  return command
    .option(
      "--preset <name>",
      `camera path: ${PRESET_NAMES.join(", ")} (default ${DEFAULT_PRESET})`,
    )
    .option("--intensity <x>", helpOf("intensity"), numberOf("intensity"))
    .option("--duration <s>", helpOf("duration"), numberOf("duration"))
    .option(
      "--fps <n>",
      `${helpOf("frameRate")}; a fraction such as 30000/1001 too`,
      parseFrameRate,
    )
    .option("--width <w>", helpOf("width"), numberOf("width"))
    .option("--height <h>", helpOf("height"), numberOf("height"))
    .option("--model <name>", "depth model, as `depthmesh models ls` names it (default auto)")
    .option("--no-degrade", "fail rather than make the result in a lesser way than asked for");
}

export function toSpec(options: SpecOptions): JobSpec {
  const { preset, intensity, duration, fps, width, height, model, degrade } = options;
  return JobSpec.fromPartial({
    model: model ?? "",
    camera: { preset: preset ?? "", intensity },
    clip: { durationSeconds: duration, frameRate: fps, width, height },
    degradePolicy:
      degrade === false
        ? DegradePolicy.DEGRADE_POLICY_FORBID
        : DegradePolicy.DEGRADE_POLICY_UNSPECIFIED,
  });
}

/** A whole number for counts of the command itself. */
export function count(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new DepthmeshError(
      "PARAMETER_OUT_OF_RANGE",
      `${text} is not a whole number from ${minimum} to ${maximum}`,
    );
  };
}
