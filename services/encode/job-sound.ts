/** Brings a job's sound onto the disk, decoded. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clipFrames } from "../../core/geometry/timing.js";
import { containerRow } from "../../core/output/containers.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { PipelineContext } from "../../pipeline/nats/mesh-state.js";
import type { EncodeConfig } from "./config.js";
import { runLimits } from "./run-limits.js";
import { prepareSound } from "./sound.js";

/** The WAV file for this job's outputs; undefined where no output has sound. Throws SOUND_CORRUPT. */
export async function fetchSound(
  parts: { readonly context: PipelineContext<EncodeConfig>; readonly blobs: RemoteBlobs },
  { sound, outputs, clip }: JobSpec,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const audible = outputs.filter(({ container }) => containerRow(container).sound !== undefined);
  if (!sound || audible.length === 0) return undefined;
  const file = join(folder, "sound-upload");
  await writeFile(file, await parts.blobs.read(sound.sha256, signal));
  const { numerator, denominator } = clip.frameRate;
  const once = (clipFrames(clip.durationSeconds, clip.frameRate) * denominator) / numerator;
  const seconds = once * Math.max(...audible.map(({ repeat }) => repeat));
  const limits = { ...runLimits(parts.context.config), seconds };
  const target = join(folder, "sound.wav");
  await prepareSound({ file, format: sound.format }, target, limits, signal);
  return target;
}
