/**
 * Command-line options that become the specification of a job. Names, ranges and help texts come
 * from the parameter table.
 */
import { type Command, Option } from "commander";
import { DepthmeshError } from "../core/errors.js";
import { DEFAULT_PRESET, isPreset, PRESET_NAMES } from "../core/scene/presets.js";
import { flagOf, OWN_OPTION_KEYS, OWN_OPTIONS, type OwnOption } from "../core/spec/own-options.js";
import { DegradePolicy } from "../proto/gen/depthmesh/v1/model.js";
import { type DeepPartial, JobSpec, type Motion } from "../proto/gen/depthmesh/v1/spec.js";
import { writeField } from "../wire/spec.js";
import { suggestion } from "./did-you-mean.js";
import { parseMotions } from "./motion-option.js";
import { isOutputName, type OutputAssignment, outputsOf } from "./output-option.js";
import {
  ASSIGNABLE_NAMES,
  type AssignableName,
  type Assignment,
  assign,
  assignTarget,
  helpOf,
  parseAssignment,
} from "./parameter-option.js";
import { durationMs } from "./quantity.js";

/** The time zone is required, so that a text means the same time on every machine. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

export interface SpecOptions extends Readonly<Partial<Record<OwnOption, Assignment>>> {
  readonly preset?: string;
  readonly target?: readonly Assignment[];
  readonly set?: readonly Assignment[];
  readonly motion?: readonly DeepPartial<Motion>[];
  readonly model?: string;
  readonly degrade?: boolean;
  readonly cache?: boolean;
  readonly embeddedDepth?: boolean;
}

/** Headings of the help, by the first part of a parameter's name. */
const GROUPS: Readonly<Record<string, string>> = {
  camera: "Camera:",
  clip: "Clip:",
  depth: "Depth:",
  outputs: "Video files:",
  stereo: "Camera:",
  stills: "Pictures:",
};
const OTHER_GROUP = "Picture quality and reuse:";

/** A preset that this version does not know is refused before a mesh is contacted. */
function parsePreset(text: string): string {
  if (isPreset(text)) return text;
  const word = text.slice(0, 64);
  throw new DepthmeshError(
    "PRESET_UNKNOWN",
    `there is no camera preset ${word}${suggestion(word, PRESET_NAMES)}`,
    { metadata: { field: "camera.preset", known: PRESET_NAMES.join(" ") } },
  );
}

/** The option `--preset`. */
export function presetOption(): Option {
  return new Option(
    "--preset <name>",
    `camera path: ${PRESET_NAMES.join(", ")} (default ${DEFAULT_PRESET})`,
  ).argParser(parsePreset);
}

export function addSpecOptions(command: Command): Command {
  command.addOption(presetOption().helpGroup("Camera:"));
  command.addOption(
    new Option(
      "--target <x,y>",
      "point of the photo that the camera moves to and keeps in the picture, in half heights from the center, right and up (docs/camera.md)",
    )
      .argParser(assignTarget)
      .helpGroup("Camera:"),
  );
  for (const key of OWN_OPTION_KEYS) {
    const name = OWN_OPTIONS[key];
    command.addOption(
      new Option(`${flagOf(key)} <value>`, helpOf(name))
        .argParser((text: string) => assign(name, text))
        .helpGroup(GROUPS[name.split(".")[0] ?? ""] ?? OTHER_GROUP),
    );
  }
  command.optionsGroup(OTHER_GROUP);
  return addSetOption(command, ASSIGNABLE_NAMES)
    .option(
      "--motion <json>",
      "animate a parameter: JSON, or a file with JSON (docs/camera.md). May be repeated",
      (text: string, before: readonly DeepPartial<Motion>[] = []) => [
        ...before,
        ...parseMotions(text),
      ],
    )
    .addOption(
      new Option(
        "--model <name>",
        "depth model; `depthmesh models ls` lists them (default: auto)",
      ).helpGroup("Depth:"),
    )
    .option(
      "--no-degrade",
      "fail if the result cannot be made as requested, instead of using a fallback",
    )
    .addOption(
      new Option(
        "--no-embedded-depth",
        "estimate the depth even if a phone's camera has put a depth map into the photo",
      ).helpGroup("Depth:"),
    )
    .option("--no-cache", "do not reuse results of earlier jobs");
}

/** Adds `--set` for these parameters. */
export function addSetOption(
  command: Command,
  names: readonly AssignableName[],
  listedBy = "--help-all",
): Command {
  return command.option(
    "--set <name=value>",
    `set any parameter; ${listedBy} lists them. May be repeated`,
    (text: string, before: readonly Assignment[] = []) => [...before, parseAssignment(text, names)],
  );
}

/**
 * The specification of a job with one output per file in `videos`. Throws PARAMETER_CONFLICT when a
 * parameter is set twice, or when no output takes an output setting.
 */
export function toSpec(options: SpecOptions, videos: readonly string[] = []): JobSpec {
  const { preset, model, degrade, cache, embeddedDepth, motion, target = [], set = [] } = options;
  const spec: DeepPartial<JobSpec> = {
    model: model ?? "",
    camera: { preset: preset ?? "" },
    clip: {},
    motions: motion ? [...motion] : [],
    degradePolicy:
      degrade === false
        ? DegradePolicy.DEGRADE_POLICY_FORBID
        : DegradePolicy.DEGRADE_POLICY_UNSPECIFIED,
  };
  const assigned = new Set<string>();
  const ofOutputs: OutputAssignment[] = [];
  const own = OWN_OPTION_KEYS.flatMap((key) => options[key] ?? []);
  const negated = [
    ...(cache === false ? [assign("cache_policy", "bypass")] : []),
    ...(embeddedDepth === false ? [assign("depth.embedded", "false")] : []),
  ];
  for (const assignment of [...own, ...target, ...negated, ...set]) {
    const { name } = assignment;
    if (assigned.has(name)) {
      throw new DepthmeshError("PARAMETER_CONFLICT", `${name} is set twice`, {
        metadata: { field: name },
      });
    }
    assigned.add(name);
    if (isOutputAssignment(assignment)) ofOutputs.push(assignment);
    else apply(spec, assignment);
  }
  spec.outputs = outputsOf(videos, ofOutputs);
  return JobSpec.fromPartial(spec);
}

type SpecAssignment = Exclude<Assignment, OutputAssignment>;

function isOutputAssignment(assignment: Assignment): assignment is OutputAssignment {
  return isOutputName(assignment.name);
}

function apply(spec: DeepPartial<JobSpec>, { name, value }: SpecAssignment): void {
  if (name === "clip.frame_rate") spec.clip = { ...spec.clip, frameRate: value };
  else writeField(spec, name, value);
}

/** A parser for options that take a whole number in a range. */
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

/** Whether the text has the form of a point in time with its zone. */
export function isPointInTime(text: string): boolean {
  return TIME.test(text);
}

/**
 * Parses `--deadline`, or another such `option`: a time from now, in seconds or with its unit, or a
 * point in time. Throws PARAMETER_OUT_OF_RANGE for anything else; the server checks that it lies in
 * the future.
 */
export function parseDeadline(text: string, nowMs: number, option = "deadline"): Date {
  const seconds = text.trim() === "" ? Number.NaN : Number(text);
  const fromNowMs = durationMs(text) ?? seconds * 1000;
  const time = new Date(isPointInTime(text) ? text : nowMs + fromNowMs);
  if (Number.isFinite(time.getTime())) return time;
  throw new DepthmeshError(
    "PARAMETER_OUT_OF_RANGE",
    `--${option} must be a time from now such as 90s or 2h, or a time such as 2026-01-31T18:00:00Z`,
    { metadata: { field: option, actual: text.slice(0, 64) } },
  );
}
