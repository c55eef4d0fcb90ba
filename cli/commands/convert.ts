/** `depthmesh convert`: makes videos and still pictures of one photo. */
import { extname } from "node:path";
import type { Command } from "commander";
import type { JobFiles } from "../../client/client.js";
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { CONTAINER_NAMES, containerOfFile, containerRow } from "../../core/output/containers.js";
import { POSTER_FILES } from "../../core/output/poster.js";
import type { Artifact, Job } from "../../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, type JobSpec, StillOptions } from "../../proto/gen/depthmesh/v1/spec.js";
import { POSTER_FORMAT_WORDS } from "../../wire/enums.js";
import { type Connection, withAddressOrData, withMesh } from "../connect.js";
import { assertFilesReadable, assertOutputsWritable } from "../files.js";
import {
  addDepthMapOptions,
  addSpecOptions,
  announceDepthMap,
  type DepthMapOptions,
  parseDeadline,
  type SpecOptions,
  toSpec,
} from "../options.js";
import { findPlayer } from "../player.js";
import { POSTER_EXTENSIONS, posterFormatOf, withoutPoster } from "../poster-option.js";
import { showNotes } from "../print.js";
import { assertSucceeded, download, runJob } from "../run-job.js";
import { convertLive, STDOUT } from "../run-live.js";
import { showTrace } from "../show-trace.js";

interface ConvertOptions extends SpecOptions, DepthMapOptions {
  readonly output?: readonly string[];
  readonly sound?: string;
  readonly depth?: string;
  readonly poster?: string;
  readonly strip?: string;
  readonly address?: string;
  readonly data: string;
  readonly trace?: boolean;
  readonly play?: boolean;
  readonly deadline?: Date;
  readonly requestId?: string;
}

const EXTENSIONS = CONTAINER_NAMES.map((name) => containerRow(name).extension).join(" ");

export function addConvert(program: Command): void {
  const command = addDepthMapOptions(
    addSpecOptions(
      program
        .command("convert")
        .description("make parallax videos or still pictures of a photo")
        .argument("<photo>", "photo: JPEG, PNG, WebP, AVIF, GIF or TIFF")
        .option(
          "-o, --output <file>",
          `video file to write; its extension selects the container: ${EXTENSIONS}. Repeat the option to write the same frames to several files. Use - to stream an MP4 to standard output while it is encoded. Optional with --depth, --poster, --strip or --play`,
          (file: string, before: readonly string[] = []) => [...before, file],
        )
        .option(
          "--sound <file>",
          "sound for the videos (WAV, MP3, FLAC, Ogg or M4A), cut or repeated to their length",
        ),
    ),
  )
    .option("--depth <file>", "also write the depth map, as a 16-bit PNG")
    .option(
      "--poster <file>",
      `also write one still of the clip; its extension selects the format: ${POSTER_EXTENSIONS}`,
    )
    .option("--strip <file>", "also write several stills side by side, as one PNG")
    .option("--play", "play the first MP4 while it is encoded, with mpv or ffplay")
    .option(
      "--deadline <seconds|time>",
      "end the job with an error if it is not finished after this many seconds, or at this time (2026-01-31T18:00:00Z)",
      (text: string) => parseDeadline(text, Date.now()),
    )
    .option(
      "--request-id <text>",
      "idempotency key: the same request with the same key returns the same job for 24 hours; --deadline must then be a time",
    )
    .option("--trace", "print the timing of the job's stages at the end");
  withAddressOrData(command).action(async (photo: string, options: ConvertOptions) => {
    const player = options.play ? await findPlayer() : undefined;
    const request = await prepare(photo, options);
    await withMesh(options, (connection) => convert(connection, request, options, player));
  });
}

/** Files that a job can make besides videos: option, kind, name of the artifact. */
const EXTRAS = [
  ["depth", ArtifactKind.ARTIFACT_KIND_DEPTH, "depth.png"],
  ["strip", ArtifactKind.ARTIFACT_KIND_STILL_STRIP, "strip.png"],
] as const;

/** The request, and the files that its results are written to. */
interface ConvertArguments {
  readonly spec: JobSpec;
  readonly files: JobFiles<string>;
  /** One file for each output of `spec`, in the same order. */
  readonly videos: readonly string[];
  readonly extras: readonly (readonly [artifact: string, path: string])[];
}

/** Checks everything that can be checked before a mesh is contacted. */
async function prepare(photo: string, options: ConvertOptions): Promise<ConvertArguments> {
  const { play = false, depthMap, sound } = options;
  const { output, poster } = withoutPoster(options.output ?? [], options.poster);
  const files = { photo, depthMap, sound };
  await assertFilesReadable(files);
  const videos = videosToMake(output, play);
  const spec = toSpec(options, videos);
  announceDepthMap(spec, options);
  spec.deadline = options.deadline;
  const extras: [artifact: string, path: string][] = [];
  for (const [option, kind, artifact] of EXTRAS) {
    const path = options[option];
    if (path === undefined) continue;
    assertPng(option, path);
    spec.artifacts.push(kind);
    extras.push([artifact, path]);
  }
  if (poster !== undefined) {
    const format = posterFormatOf(poster);
    spec.artifacts.push(ArtifactKind.ARTIFACT_KIND_POSTER);
    const posterFormat = POSTER_FORMAT_WORDS.number(format, "stills.poster_format");
    spec.stills = StillOptions.fromPartial({ ...spec.stills, posterFormat });
    extras.push([`poster${POSTER_FILES[format].extension}`, poster]);
  }
  if (videos.length + extras.length === 0) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "no file to write", {
      metadata: { known: "--output --depth --poster --strip" },
    });
  }
  const written = [
    ...videos.filter((path) => path !== STREAM_FILE),
    ...extras.map(([, path]) => path),
  ];
  await assertOutputsWritable(written, [photo, depthMap, sound]);
  return { spec, files, videos, extras };
}

async function convert(
  { client, traces }: Connection,
  { spec, files, videos, extras }: ConvertArguments,
  options: ConvertOptions,
  player: readonly string[] | undefined,
): Promise<void> {
  const startedAtMs = Date.now();
  const { output = [], play = false } = options;
  const live = play || output.includes(STDOUT);
  const job = live
    ? await convertLive(client, spec, files, player, options.requestId)
    : await runJob(client, spec, files, options.requestId);
  // Messages must not end up in a video that goes to standard output.
  const messages = output.includes(STDOUT) ? process.stderr : process.stdout;
  assertSucceeded(job);
  showNotes(job);
  for (const [artifact, path] of [...videosOf(job, videos), ...extras]) {
    if (path === STREAM_FILE) continue;
    const file = await download(client, job, artifact, path);
    messages.write(`${path}: ${describe(file)}\n`);
  }
  if (options.trace) await showTraceIfHere(job, traces, messages);
  messages.write(`finished in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
}

/** The files are written, so a trace on another machine is only worth a note. */
async function showTraceIfHere(
  job: Job,
  traces: string | undefined,
  output: NodeJS.WriteStream,
): Promise<void> {
  try {
    await showTrace(job, traces, output);
  } catch (error) {
    if (toDepthmeshError(error).reason !== "JOB_NOT_READY") throw error;
    process.stderr.write(`note: the trace is not on this machine (trace_id=${job.traceId})\n`);
  }
}

/** Placeholder for an MP4 that is streamed and not written to a file. */
const STREAM_FILE = "\0.mp4";

/**
 * The files to encode. A stream shows the first MP4: one of the files where there is one, otherwise
 * an output that is added for the stream.
 */
function videosToMake(output: readonly string[], play: boolean): string[] {
  if (output.includes(STDOUT) && play) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "--play and --output - cannot be used together");
  }
  const files = output.filter((file) => file !== STDOUT);
  const streams = play || files.length < output.length;
  const kept = files.some((file) => containerOfFile(file) === "mp4");
  return streams && !kept ? [...files, STREAM_FILE] : files;
}

/** The name of the artifact for each file; file number i is output number i. */
function videosOf(
  { artifacts }: Job,
  files: readonly string[],
): [artifact: string, path: string][] {
  return files.map((path, index) => {
    const artifact = artifacts.find(({ output }) => output === index);
    if (!artifact)
      throw new DepthmeshError("ARTIFACT_NOT_FOUND", `the job has no artifact for ${path}`);
    return [artifact.name.split("/").at(-1) ?? "", path];
  });
}

function assertPng(option: string, path: string): void {
  if (extname(path).toLowerCase() === ".png") return;
  throw new DepthmeshError(
    "PARAMETER_UNKNOWN",
    `--${option} writes a PNG, but ${path} does not end in .png`,
    {
      metadata: { known: ".png" },
    },
  );
}

function describe(artifact: Artifact): string {
  const { width, height, frames, sizeBytes, durationSeconds, codec, encoder } = artifact;
  const size = `${width}×${height}, ${(sizeBytes / 1024 / 1024).toFixed(2)} MiB`;
  if (frames === 0) return size;
  return `${size}, ${durationSeconds.toFixed(2)} s, ${frames} frames, ${codec} by ${encoder}`;
}
