/**
 * Stores what an encode made: measures each output, uploads it to the blob store and describes it
 * as an artifact of the job.
 */
import { join } from "node:path";
import { type Container, containerRow } from "../../core/output/containers.js";
import type { EncodeOutput, FragmentsRef } from "../../core/spec/stage-output.js";
import { settleAll } from "../../kit/async/merge.js";
import type { BlobWriter, RemoteBlobs } from "../../kit/blobs/remote.js";
import { fileChunks } from "../../kit/rpc/chunks.js";
import type { ArtifactRecord } from "../../pipeline/record/record.js";
import type { StageResult } from "../../pipeline/record/transitions.js";
import { tarOf, zipOf } from "./archive.js";
import type { EncodedClip } from "./encode-clip.js";
import type { EncodedOutput, FrameFormat } from "./encoder.js";
import { FRAGMENTS_FILE } from "./live/fragments.js";
import type { SegmentStore } from "./live/segment-store.js";
import { measureOutput } from "./measure.js";

export interface OutputStore {
  readonly blobs: RemoteBlobs;
  readonly writer: BlobWriter;
  readonly signal: AbortSignal;
  readonly ffprobe: string;
  readonly stallMs: number;
}

/** Stores all outputs and the fragments. Throws ENCODER_CRASHED for an incomplete file. */
export async function storeClip(
  store: OutputStore,
  { format, outputs, notes }: EncodedClip,
  segments: SegmentStore,
  folder: string,
): Promise<StageResult> {
  const [fragments, ...artifacts] = await settleAll([
    storeFragments(store, segments, folder),
    ...outputs.map((encoded, index) => storeOutput(store, format, { ...encoded, index })),
  ]);
  const sizeBytes = artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
  const output: EncodeOutput = { sizeBytes, frames: format.frames, fragments };
  return { output, artifacts, notes };
}

/** `index` is the position of the output in the job's specification. */
export async function storeOutput(
  { blobs, writer, ...probing }: OutputStore,
  format: FrameFormat,
  encoded: EncodedOutput & { readonly index: number },
): Promise<ArtifactRecord> {
  const { output, encoder, path, index } = encoded;
  const { width, height, frames, ...facts } = await measureOutput(encoded, format, probing);
  const content = () => contentOf(output.container, path);
  const { sha256, sizeBytes } = await blobs.write(writer, content, probing.signal);
  const { mediaType } = containerRow(output.container);
  const video = { output: index, encoder: encoder.name, ...facts };
  return { name: output.name, mediaType, sizeBytes, sha256, width, height, frames, video };
}

/** The bytes of a finished output, in chunks that fit into a message. */
export function contentOf(container: Container, path: string): AsyncIterable<Uint8Array> {
  switch (container) {
    case "png-tar":
      return tarOf(path);
    case "png-zip":
      return zipOf(path);
    default:
      return fileChunks(path);
  }
}

/**
 * Stores the fragments of a finished encode for followers that come later. Null if the job has no
 * output to follow.
 */
async function storeFragments(
  { blobs, writer, signal }: OutputStore,
  { attempt, fragments }: SegmentStore,
  folder: string,
): Promise<FragmentsRef | null> {
  if (fragments === 0) return null;
  const content = () => fileChunks(join(folder, FRAGMENTS_FILE));
  return { ...(await blobs.write(writer, content, signal)), attempt };
}
