/** The files that the segments of a clip have left in the blob store. */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DepthmeshError } from "../../../core/errors.js";
import { decoderConfiguration } from "../../../core/output/decoder-configuration.js";
import type { OutputSpec } from "../../../core/output/spec.js";
import { type EncodeOutput, encodeOutputOf } from "../../../core/spec/stage-output.js";
import type { RemoteBlobs } from "../../../kit/blobs/remote.js";
import type { Division } from "../../../pipeline/record/division.js";
import {
  type ArtifactRecord,
  isTerminal,
  type JobRecord,
} from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import { segmentIds } from "../../../pipeline/segments/segment-record.js";
import { type FfprobeOptions, runFfprobe } from "../ffprobe.js";
import { readMp4 } from "../mp4-file.js";

/** What a segment has made. */
export interface MadeSegment {
  readonly record: JobRecord;
  readonly output: EncodeOutput;
}

/**
 * The segments of a division in order. Throws SERVICE_UNAVAILABLE while one of them is not done,
 * because NATS has forgotten its end, and BLOB_NOT_FOUND when one is gone.
 */
export async function madeSegments(
  store: Pick<JobStore, "read">,
  job: string,
  division: Division,
): Promise<MadeSegment[]> {
  const found = await Promise.all(segmentIds(job, division).map((id) => store.read(id)));
  return found.map((segment, index) => {
    const record = segment?.record;
    if (!record || (isTerminal(record) && record.state !== "SUCCEEDED")) {
      throw new DepthmeshError("BLOB_NOT_FOUND", `segment ${index} of the clip is gone`);
    }
    if (!isTerminal(record)) {
      throw new DepthmeshError("SERVICE_UNAVAILABLE", `segment ${index} of the clip is not made`);
    }
    return { record, output: encodeOutputOf(record.stages.encode.output) };
  });
}

/** The file that a segment has made of the output. Throws INTERNAL. */
export function fileOf({ record }: MadeSegment, { name }: OutputSpec): ArtifactRecord {
  const file = record.artifacts.find((artifact) => artifact.name === name);
  if (file) return file;
  throw new DepthmeshError("INTERNAL", `a segment has made no ${name}`);
}

/** Downloads the files of one output. Returns their names in `folder`, in order. */
export async function downloadFiles(
  segments: readonly MadeSegment[],
  output: OutputSpec,
  { blobs, folder, signal }: Download,
): Promise<string[]> {
  const names: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const name = `segment-${index}-${output.name}`;
    const { sha256 } = fileOf(segment, output);
    await pipeline(blobs.chunks(sha256, signal), createWriteStream(join(folder, name)), { signal });
    names.push(name);
  }
  return names;
}

export interface Download {
  readonly blobs: Pick<RemoteBlobs, "chunks">;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * What a decoder is told before the first frame of a file, as text: files with different texts
 * cannot be joined.
 */
export async function headerOf(
  path: string,
  { container }: Pick<OutputSpec, "container">,
  ffprobe: FfprobeOptions,
): Promise<string> {
  if (container === "mp4" || container === "mov") {
    const { moov } = await readMp4(path);
    return Buffer.from(decoderConfiguration(moov)).toString("base64");
  }
  const entries = "stream=codec_name,profile,width,height,pix_fmt,extradata_hash";
  const options = ["-v", "error", "-select_streams", "v:0", "-show_entries", entries];
  return runFfprobe([...options, "-show_data_hash", "SHA256", "-of", "json", path], ffprobe);
}
