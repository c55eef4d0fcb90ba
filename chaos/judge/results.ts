/** Checks the results of a job as a client downloads them: complete, as recorded, and playable. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobRecord } from "../../pipeline/record/record.js";
import { probeVideo } from "../../testing/encode/video.js";
import { framesOf, type JobShape } from "../plan/job.js";
import type { PersistentClient, ReadBack } from "../strike/client.js";

const EXPECTED: Readonly<Record<JobShape, readonly string[]>> = {
  video: ["video.mp4"],
  "two-outputs": ["poster.png", "video.gif", "video.mp4"],
  stills: ["poster.png", "strip.png"],
  depth: ["depth.png"],
  segments: ["video.mp4"],
};

/** Returns each violation of a job that has succeeded as a sentence. */
export async function checkResults(
  client: PersistentClient,
  record: JobRecord,
  shape: JobShape,
  signal: AbortSignal,
): Promise<string[]> {
  const wrong: string[] = [];
  const names = record.artifacts.map(({ name }) => name).sort();
  if (String(names) !== String(EXPECTED[shape]))
    wrong.push(`a ${shape} job has the artifacts ${names}`);
  for (const { name, sha256, sizeBytes } of record.artifacts) {
    const read = await client.readArtifact(`jobs/${record.id}/artifacts/${name}`, signal);
    if (read.sha256 !== sha256) wrong.push(`${name} is ${read.sha256}, the record says ${sha256}`);
    if (read.bytes.length !== sizeBytes) {
      wrong.push(`${name} has ${read.bytes.length} bytes, the record says ${sizeBytes}`);
    }
    if (name.endsWith(".mp4")) wrong.push(...(await checkPlayable(name, read, framesOf(shape))));
  }
  return wrong;
}

async function checkPlayable(
  name: string,
  { bytes }: ReadBack,
  expected: number,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-chaos-video-"));
  try {
    const file = join(folder, name);
    await writeFile(file, bytes);
    const { nb_read_frames: frames } = await probeVideo(file);
    return frames === String(expected) ? [] : [`${name} has ${frames} frames, not ${expected}`];
  } catch (error) {
    return [`${name} cannot be decoded: ${error}`];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
