/** `depthmesh convert`: one photo in, one video out. */
import { extname } from "node:path";
import type { Command } from "commander";
import type { JobFiles } from "../../client/job-files.js";
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { CONTAINER_NAMES, containerOfFile, containerRow } from "../../core/output/containers.js";
import { type Artifact, type Job, JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, type JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { type Connection, withMesh } from "../connect.js";
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
import { showNotes } from "../print.js";
import { download, runJob } from "../run-job.js";
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
  addDepthMapOptions(
    addSpecOptions(
      program
        .command("convert")
        .description("make a parallax video of a photo, or pictures of its camera path alone")
        .argument("<photo>", "JPEG, PNG, WebP, AVIF, GIF or TIFF")
        .option(
          "-o, --output <file>",
          `video to write, its container by the extension: ${EXTENSIONS}; may be repeated, all are made of the same frames; may be absent where another file is asked for; - writes an MP4 to standard output while it is made`,
          (file: string, before: readonly string[] = []) => [...before, file],
        )
        .option(
          "--sound <file>",
          "WAV, MP3, FLAC, Ogg or M4A for the videos, cut or looped to their length",
        ),
    ),
  )
    .option("--depth <file>", "write the depth map, a 16-bit PNG")
    .option("--poster <file>", "write one still of the clip, a PNG")
    .option("--strip <file>", "write stills of the clip beside one another, a PNG")
    .option("--play", "play the first MP4 while it is made, with mpv or ffplay")
    .option(
      "--deadline <seconds|time>",
      "give the job up when it has not ended so many seconds from now, or at a time such as 2026-01-31T18:00:00Z",
      (text: string) => parseDeadline(text, Date.now()),
    )
    .option(
      "--request-id <text>",
      "name of this request: sent again within 24 hours it gives the same job; a deadline must be a time then",
    )
    .option("--trace", "show the waterfall of the job's stages at the end")
    .option(
      "--address <host:port>",
      "gateway to use; without it a running mesh or one for the call",
    )
    .option("--data <folder>", "data folder of a mesh started for the call", ".depthmesh")
    .action(async (photo: string, options: ConvertOptions) => {
      const player = options.play ? await findPlayer() : undefined;
      const order = await prepare(photo, options);
      await withMesh(options, (connection) => convert(connection, order, options, player));
    });
}

/** The files that a job can make besides its video: option, kind, artifact. */
const EXTRAS = [
  ["depth", ArtifactKind.ARTIFACT_KIND_DEPTH, "depth.png"],
  ["poster", ArtifactKind.ARTIFACT_KIND_POSTER, "poster.png"],
  ["strip", ArtifactKind.ARTIFACT_KIND_STILL_STRIP, "strip.png"],
] as const;

/** What is asked for, and where it goes. */
interface ConvertArguments {
  readonly spec: JobSpec;
  readonly files: JobFiles<string>;
  /** In the order of the outputs. */
  readonly videos: readonly string[];
  readonly extras: readonly (readonly [artifact: string, path: string])[];
}

/** Throws for whatever can be seen to be wrong before a mesh is asked. */
async function prepare(photo: string, options: ConvertOptions): Promise<ConvertArguments> {
  const { output = [], play = false, depthMap, sound } = options;
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
  assertAsked(videos.length + extras.length);
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
  // What is said must not get into the video.
  const say = output.includes(STDOUT) ? process.stderr : process.stdout;
  assertSucceeded(job);
  showNotes(job);
  for (const [artifact, path] of [...videosOf(job, videos), ...extras]) {
    if (path === STREAM_FILE) continue;
    const file = await download(client, job, artifact, path);
    say.write(`${path}: ${describe(file)}\n`);
  }
  if (options.trace) await showTraceIfHere(job, traces, say);
  say.write(`made in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
}

/** All has been made: that its trace is elsewhere is worth a note, and no error. */
async function showTraceIfHere(
  job: Job,
  traces: string | undefined,
  say: NodeJS.WriteStream,
): Promise<void> {
  try {
    await showTrace(job, traces, say);
  } catch (error) {
    if (toDepthmeshError(error).reason !== "JOB_NOT_READY") throw error;
    process.stderr.write(`note: the trace is not on this machine (trace_id=${job.traceId})\n`);
  }
}

/** Stands for what is streamed and not kept as a file. */
const STREAM_FILE = "\0.mp4";

/** The stream is of the first MP4: of a file that is kept where one is asked for, else of an output of its own. */
function videosToMake(output: readonly string[], play: boolean): string[] {
  if (output.includes(STDOUT) && play) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "--play and --output - exclude each other");
  }
  const files = output.filter((file) => file !== STDOUT);
  const streams = play || files.length < output.length;
  const kept = files.some((file) => containerOfFile(file) === "mp4");
  return streams && !kept ? [...files, STREAM_FILE] : files;
}

/** The artifact of each file, which are in the order of the outputs. */
function videosOf(
  { artifacts }: Job,
  files: readonly string[],
): [artifact: string, path: string][] {
  return files.map((path, index) => {
    const artifact = artifacts.find(({ output }) => output === index);
    if (!artifact) throw new DepthmeshError("ARTIFACT_NOT_FOUND", `${path} was not made`);
    return [artifact.name.split("/").at(-1) ?? "", path];
  });
}

function assertPng(option: string, path: string): void {
  if (extname(path).toLowerCase() === ".png") return;
  throw new DepthmeshError("PARAMETER_UNKNOWN", `--${option} writes a PNG, and ${path} is none`, {
    metadata: { known: ".png" },
  });
}

/** Throws PARAMETER_CONFLICT where no file is asked for. */
function assertAsked(files: number): void {
  if (files > 0) return;
  throw new DepthmeshError("PARAMETER_CONFLICT", "no file to write", {
    metadata: { known: "--output --depth --poster --strip" },
  });
}

function assertSucceeded(job: Job): void {
  if (job.state === JobState.JOB_STATE_SUCCEEDED) return;
  throw new DepthmeshError("INTERNAL", "the job ended without a result");
}

function describe(artifact: Artifact): string {
  const { width, height, frames, sizeBytes, durationSeconds, codec, encoder } = artifact;
  const size = `${width}×${height}, ${(sizeBytes / 1024 / 1024).toFixed(2)} MiB`;
  if (frames === 0) return size;
  return `${size}, ${durationSeconds.toFixed(2)} s, ${frames} frames, ${codec} by ${encoder}`;
}
