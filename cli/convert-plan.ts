/**
 * What `convert` will do for one photo: the specification of the job, the files that it sends, and
 * the files that its results are written to.
 */
import { extname } from "node:path";
import type { JobFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import { containerOfFile } from "../core/output/containers.js";
import { POSTER_FILES } from "../core/output/poster.js";
import { DEPTH_ARTIFACT, TAKEAWAY_FILES } from "../core/spec/artifact-names.js";
import type { Artifact, Job } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, type JobSpec, StillOptions } from "../proto/gen/depthmesh/v1/spec.js";
import { POSTER_FORMAT_WORDS } from "../wire/enums.js";
import { announceDepthMap, type DepthMapOptions } from "./depth-map-option.js";
import { assertFilesReadable, assertOutputsWritable } from "./files.js";
import { artifactFile } from "./job-files.js";
import { type SpecOptions, toSpec } from "./options.js";
import { assertDiffers, besidePhoto, outputFor, sharedOutput } from "./output-names.js";
import { posterFormatOf, withoutPoster } from "./poster-option.js";

/** The file name that stands for standard output. */
export const STDOUT = "-";
/** Placeholder for an MP4 that is streamed and not written to a file. */
const STREAM_FILE = "\0.mp4";

export interface PlanOptions extends SpecOptions, DepthMapOptions {
  readonly output?: readonly string[];
  readonly sound?: string;
  readonly depth?: string;
  readonly poster?: string;
  readonly strip?: string;
  readonly normals?: string;
  readonly layers?: string;
  readonly scene?: string;
  readonly viewer?: string;
  readonly play?: boolean;
  readonly deadline?: Date;
  readonly requestId?: string;
}

export interface ConvertPlan {
  readonly photo: string;
  readonly spec: JobSpec;
  readonly files: JobFiles<string>;
  /** One file for each output of `spec`, in the same order. */
  readonly videos: readonly string[];
  readonly extras: readonly (readonly [artifact: string, path: string])[];
}

/** Files that a job can make besides videos: option, kind, name of the artifact. */
const EXTRAS = [
  ["depth", ArtifactKind.ARTIFACT_KIND_DEPTH, DEPTH_ARTIFACT],
  ["strip", ArtifactKind.ARTIFACT_KIND_STILL_STRIP, "strip.png"],
  ["normals", ArtifactKind.ARTIFACT_KIND_NORMALS, TAKEAWAY_FILES.normals.name],
  ["layers", ArtifactKind.ARTIFACT_KIND_LAYERS, TAKEAWAY_FILES.layers.name],
  ["scene", ArtifactKind.ARTIFACT_KIND_SCENE, TAKEAWAY_FILES.scene.name],
  ["viewer", ArtifactKind.ARTIFACT_KIND_VIEWER, TAKEAWAY_FILES.viewer.name],
] as const;
const EXTRA_OPTIONS = ["poster", ...EXTRAS.map(([option]) => option)] as const;

/** Checks everything that can be checked before a mesh is contacted. */
export async function planConversions(
  photos: readonly string[],
  options: PlanOptions,
): Promise<ConvertPlan[]> {
  const shared = photos.length > 1 ? forMany(options) : options;
  const plans = photos.map((photo) => planOf(photo, shared));
  for (const { files } of plans) await assertFilesReadable({ ...files });
  const read = plans.flatMap(({ files }) => [files.photo, files.depthMap, files.sound]);
  await assertOutputsWritable(plans.flatMap(writtenFiles), [...new Set(read)]);
  return plans;
}

/** The options of several photos. Throws PARAMETER_CONFLICT for what is for one photo only. */
function forMany({ play, requestId, ...options }: PlanOptions): PlanOptions {
  const { output = [] } = options;
  if (play || output.includes(STDOUT)) throw conflict("only one photo can be played or streamed");
  if (requestId !== undefined) {
    throw conflict("--request-id belongs to one photo, and there are several");
  }
  const extras = EXTRA_OPTIONS.flatMap((name) => {
    const file = options[name];
    return file === undefined ? [] : [[name, sharedOutput(file)] as const];
  });
  const shared = { ...options, output: output.map(sharedOutput), ...Object.fromEntries(extras) };
  for (const file of shared.output) assertDiffers(file, "--output");
  for (const [name, file] of extras) assertDiffers(file, `--${name}`);
  if (options.depthMap !== undefined) assertDiffers(options.depthMap, "--depth-map");
  return shared;
}

function planOf(photo: string, options: PlanOptions): ConvertPlan {
  const { depthMap, sound } = options;
  const map = depthMap === undefined ? undefined : outputFor(depthMap, photo, ".png");
  const { output, poster } = withoutPoster(options.output ?? [], options.poster);
  const videos = videosFor(photo, { ...options, output, ...(poster && { poster }) });
  const spec = toSpec(options, videos);
  announceDepthMap(spec, options);
  spec.deadline = options.deadline;
  const extras: [artifact: string, path: string][] = [];
  for (const [option, kind, artifact] of EXTRAS) {
    const named = options[option];
    if (named === undefined) continue;
    const path = outputFor(named, photo, `-${artifact}`);
    assertExtension(option, path, extname(artifact));
    spec.artifacts.push(kind);
    extras.push([artifact, path]);
  }
  if (poster !== undefined) extras.push(addPoster(spec, outputFor(poster, photo, "-poster.png")));
  return { photo, spec, files: { photo, depthMap: map, sound }, videos, extras };
}

/** Asks for the poster in the format of its file; returns the artifact and the file. */
function addPoster(spec: JobSpec, path: string): [artifact: string, path: string] {
  const format = posterFormatOf(path);
  spec.artifacts.push(ArtifactKind.ARTIFACT_KIND_POSTER);
  const posterFormat = POSTER_FORMAT_WORDS.number(format, "stills.poster_format");
  spec.stills = StillOptions.fromPartial({ ...spec.stills, posterFormat });
  return [`poster${POSTER_FILES[format].extension}`, path];
}

/**
 * The files to encode. A stream shows the first MP4: one of the files where there is one, otherwise
 * an output that is added for the stream. Throws PARAMETER_CONFLICT.
 */
function videosFor(photo: string, options: PlanOptions): string[] {
  const { output = [], play = false } = options;
  if (output.includes(STDOUT) && play) {
    throw conflict("--play and --output - cannot be used together");
  }
  const named = output
    .filter((file) => file !== STDOUT)
    .map((file) => outputFor(file, photo, ".mp4"));
  const streams = play || named.length < output.length;
  const kept = named.some((file) => containerOfFile(file) === "mp4");
  if (streams) return kept ? named : [...named, STREAM_FILE];
  const hasExtras = EXTRA_OPTIONS.some((name) => options[name]);
  if (named.length > 0 || hasExtras) return named;
  return [besidePhoto(photo, ".mp4")];
}

/** Every file that the plan writes. */
export function writtenFiles({ videos, extras }: ConvertPlan): string[] {
  return [...videos.filter((path) => path !== STREAM_FILE), ...extras.map(([, path]) => path)];
}

/** The artifact for each file that the plan writes; video number i is output number i. */
export function artifactsOf(
  { artifacts }: Job,
  { videos, extras }: ConvertPlan,
): (readonly [artifact: string, path: string])[] {
  const ofVideos = videos.map((path, index): [string, string] => {
    const artifact = artifacts.find(({ output }: Artifact) => output === index);
    if (artifact) return [artifactFile(artifact), path];
    throw new DepthmeshError("ARTIFACT_NOT_FOUND", `the job has no artifact for ${path}`);
  });
  return [...ofVideos.filter(([, path]) => path !== STREAM_FILE), ...extras];
}

function assertExtension(option: string, path: string, extension: string): void {
  if (extname(path).toLowerCase() === extension) return;
  throw new DepthmeshError(
    "PARAMETER_UNKNOWN",
    `--${option} writes a ${extension} file, but ${path} does not end in ${extension}`,
    { metadata: { known: extension } },
  );
}

const conflict = (message: string) => new DepthmeshError("PARAMETER_CONFLICT", message);
