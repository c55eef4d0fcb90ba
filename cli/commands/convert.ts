/** `depthmesh convert`: one photo in, one video out. */
import type { Command } from "commander";
import { DepthmeshError } from "../../kit/errors.js";
import { type Artifact, type Job, JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind } from "../../proto/gen/depthmesh/v1/spec.js";
import { type Connection, withMesh } from "../connect.js";
import { addDepthMapOptions, announceDepthMap, type DepthMapOptions } from "../depth-map-option.js";
import { addSpecOptions, type SpecOptions, toSpec } from "../options.js";
import { assertReadable } from "../photo-file.js";
import { download, runJob } from "../run-job.js";
import { showDegradations } from "../show-degradations.js";
import { showTrace } from "../show-trace.js";

interface ConvertOptions extends SpecOptions, DepthMapOptions {
  readonly output: string;
  readonly depth?: string;
  readonly address?: string;
  readonly data: string;
  readonly trace?: boolean;
}

export function addConvert(program: Command): void {
  addDepthMapOptions(
    addSpecOptions(
      program
        .command("convert")
        .description("make a parallax video of a photo")
        .argument("<photo>", "JPEG, PNG, WebP, AVIF, GIF or TIFF")
        .requiredOption("-o, --output <file>", "video to write"),
    ),
  )
    .option("--depth <file>", "write the depth map too")
    .option("--trace", "show the waterfall of the job's stages at the end")
    .option(
      "--address <host:port>",
      "gateway to use; without it a running mesh or one for the call",
    )
    .option("--data <folder>", "data folder of a mesh started for the call", ".depthmesh")
    .action((photo: string, options: ConvertOptions) =>
      withMesh(options, (connection) => convert(connection, photo, options)),
    );
}

async function convert(
  { client, traces }: Connection,
  photo: string,
  options: ConvertOptions,
): Promise<void> {
  const startedAtMs = Date.now();
  await assertReadable(photo);
  if (options.depthMap !== undefined) await assertReadable(options.depthMap);
  const spec = toSpec(options);
  announceDepthMap(spec, options);
  spec.outputs = [{ container: 0, codec: 0 }];
  if (options.depth !== undefined) spec.artifacts = [ArtifactKind.ARTIFACT_KIND_DEPTH];
  const job = await runJob(client, spec, photo, options.depthMap);
  assertSucceeded(job);
  const video = await download(client, job, "video.mp4", options.output);
  if (options.depth !== undefined) await download(client, job, "depth.png", options.depth);
  for (const note of job.depth?.notes ?? []) process.stderr.write(`note: ${note}\n`);
  if (options.trace) await showTrace(job, traces);
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  process.stdout.write(`${options.output}: ${describe(video, job)}, made in ${seconds} s\n`);
  showDegradations(job);
}

function assertSucceeded(job: Job): void {
  if (job.state === JobState.JOB_STATE_SUCCEEDED) return;
  throw new DepthmeshError("INTERNAL", "the job ended without a result");
}

function describe({ width, height, frames, sizeBytes }: Artifact, job: Job): string {
  const size = `${(sizeBytes / 1024 / 1024).toFixed(2)} MiB`;
  return `${width}×${height}, ${job.spec?.clip?.durationSeconds} s, ${frames} frames, ${size}`;
}
