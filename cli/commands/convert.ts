/** `depthmesh convert`: makes videos and still pictures of photos. */
import type { Command } from "commander";
import { toDepthmeshError } from "../../core/errors.js";
import { CONTAINER_NAMES, containerRow } from "../../core/output/containers.js";
import type { Job } from "../../proto/gen/depthmesh/v1/job.js";
import { type Connection, jobId, withConnection, withMesh } from "../connect.js";
import { convertMany } from "../convert-many.js";
import { type Conversion, convertOne, leftJobText, whyLeft, writeResults } from "../convert-one.js";
import { type ConvertPlan, type PlanOptions, planConversions, STDOUT } from "../convert-plan.js";
import { conversionJson, outcomeJson, showOutcomes } from "../convert-summary.js";
import { addDepthMapOptions, polarityNote } from "../depth-map-option.js";
import { addHelpPages } from "../help.js";
import { describe } from "../job-files.js";
import { addSpecOptions, parseDeadline } from "../options.js";
import { parameterHelp } from "../parameter-option.js";
import { photosIn } from "../photos.js";
import { findPlayer } from "../player.js";
import { POSTER_EXTENSIONS } from "../poster-option.js";
import { printJson, showBetterModel, showNotes } from "../print.js";
import { progressView } from "../progress.js";
import { assertSucceeded, untilModelKnown } from "../run-job.js";
import { convertLive } from "../run-live.js";
import { type ShowTraceOptions, showTrace } from "../show-trace.js";

interface ConvertOptions extends PlanOptions {
  readonly address?: string;
  readonly data?: string;
  readonly trace?: boolean;
  readonly json?: boolean;
}

const EXTENSIONS = CONTAINER_NAMES.map((name) => containerRow(name).extension).join(" ");

const EXAMPLES = [
  ["depthmesh convert photo.jpg", "makes photo.mp4"],
  ["depthmesh convert photo.jpg -o clip.gif --preset orbital", "another format and camera"],
  ["depthmesh convert photos/ -o videos/", "every photo of a folder"],
  ["depthmesh convert photo.jpg -o a.mp4 -o a.webm --poster a.png", "several files at once"],
] as const;

/** What `--help` shows; `--help-all` has the rest. */
const COMMON = [
  ...["output", "sound", "preset", "intensity", "loop", "target", "duration", "fps"],
  ...[
    "longest-side",
    "width",
    "height",
    "max-size",
    "stereo",
    "poster",
    "strip",
    "depth",
    "depth-map",
  ],
  ...["model", "quality", "set", "motion", "play", "json", "data", "address", "help"],
];

export function addConvert(program: Command): void {
  const command = program
    .command("convert")
    .description("make parallax videos or still pictures of photos")
    .argument("<photos...>", "photos: JPEG, PNG, WebP, AVIF, HEIC, GIF or TIFF, or folders of them")
    .optionsGroup("Files:")
    .option(
      "-o, --output <file>",
      `file or folder to write; the extension selects the container: ${EXTENSIONS}. {name} stands for the photo's name. Repeat it to write the same frames to several files; - streams an MP4 to standard output while it is encoded (default: PHOTO.mp4 beside the photo)`,
      (file: string, before: readonly string[] = []) => [...before, file],
    )
    .option(
      "--sound <file>",
      "sound for the videos (WAV, MP3, FLAC, Ogg or M4A), cut or repeated to their length",
    )
    .option("--depth <file>", "also write the depth map, as a 16-bit PNG")
    .option(
      "--poster <file>",
      `also write one still of the clip; its extension selects the format: ${POSTER_EXTENSIONS}`,
    )
    .option("--strip <file>", "also write several stills side by side, as one PNG")
    .option("--normals <file>", "also write the surface's normals, as a 16-bit PNG")
    .option("--layers <file>", "also write the near and the hidden parts as PNG files, in a .zip")
    .option("--scene <file>", "also write the scene for 3D programs, as a .glb")
    .option("--viewer <file>", "also write a page that moves with the pointer, in a .zip");
  addSpecOptions(command);
  addDepthMapOptions(command.optionsGroup("Depth:"));
  command
    .optionsGroup("Job:")
    .option("--play", "play the first MP4 while it is encoded, with mpv or ffplay")
    .option(
      "--deadline <time>",
      "end the job with an error if it is not finished after this time (90s, 2h), or at this time (2026-01-31T18:00:00Z)",
      (text: string) => parseDeadline(text, Date.now()),
    )
    .option(
      "--request-id <text>",
      "idempotency key: the same request with the same key returns the same job for 24 hours; --deadline must then be a point in time",
    )
    .option("--trace", "print the timing of the job's stages at the end")
    .option("--json", "print what was made as JSON (docs/json.md)");
  withConnection(command);
  addHelpPages(command, { common: COMMON, examples: EXAMPLES, appendix: parameterHelp });
  command.action(async (paths: string[], options: ConvertOptions) => {
    const player = options.play ? await findPlayer() : undefined;
    const plans = await planConversions(await photosIn(paths), options);
    const [plan, ...others] = plans;
    if (!plan) return;
    const about = polarityNote(options);
    if (about !== undefined) process.stderr.write(`${about}\n`);
    await withMesh(options, (connection) =>
      others.length === 0
        ? convertPhoto(connection, plan, options, player)
        : convertPhotos(connection, plans, options),
    );
  });
}

async function convertPhoto(
  connection: Connection,
  plan: ConvertPlan,
  options: ConvertOptions,
  player: readonly string[] | undefined,
): Promise<void> {
  let accepted: Job | undefined;
  const view = progressView();
  const isLive = player !== undefined || options.output?.includes(STDOUT);
  const onJob = (job: Job) => {
    accepted = job;
    process.stderr.write(`job ${jobId(job.name)}\n`);
  };
  try {
    const conversion = isLive
      ? await convertStreaming(connection, plan, options, player)
      : await convertOne(connection, plan, options.requestId, { onJob, onProgress: view.show });
    view.close();
    await report(connection, conversion, options);
  } catch (error) {
    view.close();
    if (!accepted) throw error;
    const why = whyLeft(error, connection);
    if (why === undefined) throw error;
    process.stderr.write(`${leftJobText(accepted.name, plan, why)}\n`);
    if (why === "stopped") throw error;
  } finally {
    view.close();
  }
}

async function convertStreaming(
  connection: Connection,
  plan: ConvertPlan,
  { requestId }: ConvertOptions,
  player: readonly string[] | undefined,
): Promise<Conversion> {
  const startedAtMs = Date.now();
  const { client, signal } = connection;
  await untilModelKnown(connection, plan.spec);
  const job = await convertLive(client, plan.spec, plan.files, player, signal, requestId);
  assertSucceeded(job);
  const files = await writeResults(connection, plan, job);
  return { plan, job, files, seconds: (Date.now() - startedAtMs) / 1000 };
}

async function report(
  { client, signal }: Connection,
  conversion: Conversion,
  { output = [], trace, json }: ConvertOptions,
): Promise<void> {
  const { job, files, seconds } = conversion;
  // Messages must not end up in a video or a JSON that goes to standard output.
  const messages = json || output.includes(STDOUT) ? process.stderr : process.stdout;
  showNotes(job);
  if (!json) {
    for (const { path, artifact } of files) messages.write(`${path}: ${describe(artifact)}\n`);
  }
  if (trace) await showTraceIfKept(client, job, { output: messages, signal });
  if (json) printJson([conversionJson(conversion)]);
  else messages.write(`finished in ${seconds.toFixed(1)} s${originText(job)}\n`);
  showBetterModel([job]);
}

/** Says when something was not made anew, because it then took less time than it seems to need. */
function originText(job: Job): string {
  if (job.cacheHit)
    return ", from the cache: an earlier job has made the same (--no-cache makes it again)";
  return job.depth?.cacheHit ? ", with the depth map from the cache" : "";
}

async function convertPhotos(
  connection: Connection,
  plans: readonly ConvertPlan[],
  { json }: ConvertOptions,
): Promise<void> {
  const outcomes = await convertMany(connection, plans);
  if (json) printJson(outcomes.map(outcomeJson));
  else showOutcomes(outcomes, connection.isTemporary);
  showBetterModel(outcomes.flatMap((done) => (done.state === "done" ? [done.conversion.job] : [])));
  if (outcomes.some(({ state }) => state === "failed")) process.exitCode = 1;
}

/** The files are written, so a trace that nobody has is only worth a note. */
async function showTraceIfKept(
  client: Connection["client"],
  job: Job,
  options: ShowTraceOptions,
): Promise<void> {
  try {
    await showTrace(client, job, options);
  } catch (error) {
    if (toDepthmeshError(error).reason !== "JOB_NOT_READY") throw error;
    process.stderr.write(`note: no process of the mesh has the trace (trace_id=${job.traceId})\n`);
  }
}
