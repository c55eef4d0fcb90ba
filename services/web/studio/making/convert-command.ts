/**
 * The `depthmesh convert` line that makes what a specification asks for. It names only what the
 * specification sets, so that the defaults of the mesh apply to the rest.
 */
import { POSTER_FILES, POSTER_FORMATS } from "../../../../core/output/poster.js";
import { TAKEAWAY_FILES } from "../../../../core/spec/artifact-names.js";
import { flagOf, OWN_OPTION_KEYS, OWN_OPTIONS } from "../../../../core/spec/own-options.js";
import { keysOf, type ParameterValue } from "../../../../core/spec/parameters/row.js";
import { FIELD_NAMES, findParameter } from "../../../../core/spec/parameters.js";
import type {
  ArtifactKindJson,
  JobSpecJson,
} from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { wordOf } from "../spec/enum-names.js";
import { stemOf } from "./downloads.js";
import { motionOptions } from "./motion-options.js";
import { outputOptions } from "./output-options.js";
import { asFile } from "./shell-words.js";

export interface ConvertCommand {
  /** The program, its photo, then an option with its value each. */
  readonly groups: readonly (readonly string[])[];
  /** What the command has no option for, as paths of fields. Not empty: it makes something else. */
  readonly missing: readonly string[];
}

/** Options of files besides the videos, and the ends of their names. */
const FILE_OPTIONS: Readonly<Partial<Record<ArtifactKindJson, readonly [string, string]>>> = {
  ARTIFACT_KIND_DEPTH: ["--depth", "-depth.png"],
  ARTIFACT_KIND_STILL_STRIP: ["--strip", "-strip.png"],
  ARTIFACT_KIND_NORMALS: ["--normals", `-${TAKEAWAY_FILES.normals.name}`],
  ARTIFACT_KIND_LAYERS: ["--layers", `-${TAKEAWAY_FILES.layers.name}`],
  ARTIFACT_KIND_SCENE: ["--scene", `-${TAKEAWAY_FILES.scene.name}`],
  ARTIFACT_KIND_VIEWER: ["--viewer", `-${TAKEAWAY_FILES.viewer.name}`],
};

export function convertCommand(photoFileName: string, spec: JobSpecJson): ConvertCommand {
  const left = new Map(leavesOf(spec));
  // The priority of every job of the command.
  if (left.get("priority") === "PRIORITY_NORMAL") left.delete("priority");
  const take = (path: string) => {
    const value = left.get(path);
    left.delete(path);
    return value;
  };
  const stem = stemOf(photoFileName);
  const files = fileOptions(stem, spec, take);
  const outputs = outputOptions(stem, spec.outputs ?? [], files.length > 0);
  const motions = motionOptions(spec.motions ?? []);
  const groups = [
    ["depthmesh", "convert", asFile(photoFileName)],
    ...outputs.groups,
    ...files,
    ...mapOptions(spec, take),
    ...namedOptions(take),
    ...fieldOptions(take),
    ...motions.groups,
  ];
  return { groups, missing: [...left.keys(), ...outputs.missing, ...motions.missing] };
}

type Take = (path: string) => unknown;

/** The set fields that are no list, by their paths in JSON; those with the default word are not. */
function* leavesOf(node: object, path = ""): Generator<[path: string, value: unknown]> {
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined || value === null || Array.isArray(value)) continue;
    if (typeof value === "object") yield* leavesOf(value, `${path}${key}.`);
    else if (value !== "" && !String(value).endsWith("_UNSPECIFIED"))
      yield [`${path}${key}`, value];
  }
}

function fileOptions(stem: string, { artifacts = [] }: JobSpecJson, take: Take): string[][] {
  return artifacts.flatMap((kind) => {
    const option = FILE_OPTIONS[kind];
    if (option) return [[option[0], asFile(`${stem}${option[1]}`)]];
    if (kind !== "ARTIFACT_KIND_POSTER") return [];
    const word = wordOf("stills.poster_format", String(take("stills.posterFormat") ?? ""));
    const format = POSTER_FORMATS.find((each) => each === word) ?? "png";
    return [["--poster", asFile(`${stem}-poster${POSTER_FILES[format].extension}`)]];
  });
}

/** The caller's own depth map; the name of its file is not known here. */
function mapOptions({ depth }: JobSpecJson, take: Take): string[][] {
  if (!depth?.map) return [];
  const polarity = wordOf("depth.map.polarity", String(take("depth.map.polarity") ?? ""));
  const orientation = wordOf("depth.map.orientation", String(take("depth.map.orientation") ?? ""));
  return [
    ["--depth-map", "depth-map.png"],
    ...(polarity === undefined ? [] : [["--polarity", polarity]]),
    ...(orientation === undefined ? [] : [["--depth-orientation", orientation]]),
  ];
}

/**
 * What has a form of its own: the preset, the model, the deadline, the frame rate and what may
 * fail.
 */
function namedOptions(take: Take): string[][] {
  const groups: string[][] = [];
  const add = (flag: string, value: unknown) => {
    if (value !== undefined) groups.push([flag, String(value)]);
  };
  add("--preset", take("camera.preset"));
  add("--model", take("model"));
  add("--deadline", take("deadline"));
  const numerator = take("clip.frameRate.numerator");
  const denominator = take("clip.frameRate.denominator") || 1;
  if (numerator !== undefined) {
    add("--fps", denominator === 1 ? numerator : `${numerator}/${denominator}`);
  }
  if (take("degradePolicy") === "DEGRADE_POLICY_FORBID") groups.push(["--no-degrade"]);
  return groups;
}

/** The parameters of the table: those with their own option by it, the others by `--set`. */
function fieldOptions(take: Take): string[][] {
  return FIELD_NAMES.flatMap((name) => {
    const given = take(keysOf(name).join("."));
    if (given === undefined) return [];
    const row = findParameter(name);
    const value = row?.kind === "choice" ? wordOf(name, String(given)) : (given as ParameterValue);
    const own = OWN_OPTION_KEYS.find((key) => OWN_OPTIONS[key] === name);
    return [own ? [flagOf(own), String(value)] : ["--set", `${name}=${value}`]];
  });
}
