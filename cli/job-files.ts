/** Downloads the files that a job has made, and names those that the user has not named. */

import { join } from "node:path";
import type { DepthmeshClient } from "../client/client.js";
import { readArtifact } from "../client/read-artifact.js";
import { sizeText } from "../core/quantity-text.js";
import { checkedChunks } from "../kit/blobs/blob-checks.js";
import type { Artifact, Job } from "../proto/gen/depthmesh/v1/job.js";
import { jobId } from "./connect.js";
import { stemOf } from "./output-names.js";
import { patient } from "./patient.js";
import { photoOf } from "./photo-label.js";
import { writeWhole } from "./write-file.js";

/** A file that was written, as the job describes it. */
export interface WrittenFile {
  readonly path: string;
  readonly artifact: Artifact;
}

/** The last part of an artifact's name: `video.mp4`. */
export function artifactFile({ name }: Artifact): string {
  return name.split("/").at(-1) ?? name;
}

/** Writes an artifact of the job (`video.mp4`) to a file. */
export async function download(
  client: DepthmeshClient,
  job: Job,
  artifactName: string,
  path: string,
  signal?: AbortSignal,
): Promise<WrittenFile> {
  const name = `${job.name}/artifacts/${artifactName}`;
  const { artifact, chunks } = await readArtifact(client, name, patient(signal));
  await writeWhole(path, checkedChunks(chunks, artifact.sha256));
  return { path, artifact };
}

/**
 * The file in `folder` for an artifact: `PHOTO.mp4` for the first output, `PHOTO-depth.png` for the
 * others. The job's id stands for the photo of a job without that label.
 */
export function fileFor(job: Job, artifact: Artifact, folder: string): string {
  const photo = photoOf(job);
  const file = artifactFile(artifact);
  const ending = /^video[.-]/.test(file) ? file.slice("video".length) : `-${file}`;
  return join(folder, `${photo ? stemOf(photo) : jobId(job.name)}${ending}`);
}

/** `1280×853, 1.25 MB, 3.00 s, 90 frames, h264 by libx264`; size alone for a still. */
export function describe(artifact: Artifact): string {
  const { width, height, frames, sizeBytes, durationSeconds, codec, encoder } = artifact;
  const size = `${width}×${height}, ${sizeText(sizeBytes)}`;
  if (frames === 0) return size;
  return `${size}, ${durationSeconds.toFixed(2)} s, ${frames} frames, ${codec} by ${encoder}`;
}
