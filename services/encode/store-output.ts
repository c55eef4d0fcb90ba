/** From a finished output to an artifact of the job: measured, then pushed to the blob store. */
import type { Container } from "../../core/output/containers.js";
import { containerRow } from "../../core/output/containers.js";
import type { BlobWriter, RemoteBlobs } from "../../kit/blobs/remote.js";
import { FILE_CHUNK_BYTES, fileChunks } from "../../kit/rpc/chunks.js";
import type { ArtifactRecord } from "../../pipeline/record/record.js";
import { tarOf } from "./archive/tar.js";
import { zipOf } from "./archive/zip.js";
import type { EncodedOutput, FrameFormat } from "./encoder.js";
import { measureOutput } from "./facts.js";

export interface OutputStore {
  readonly blobs: RemoteBlobs;
  readonly writer: BlobWriter;
  readonly signal: AbortSignal;
  readonly ffprobe: string;
  readonly stallMs: number;
}

/** `index` is the output's place in the specification. Throws ENCODER_CRASHED for a file that is not whole. */
export async function storeOutput(
  { blobs, writer, ...probing }: OutputStore,
  format: FrameFormat,
  encoded: EncodedOutput & { readonly index: number },
): Promise<ArtifactRecord> {
  const { output, encoder, path, index } = encoded;
  const { width, height, frames, ...facts } = await measureOutput(encoded, format, probing);
  const { sha256, sizeBytes } = await blobs.write(
    writer,
    contentOf(output.container, path),
    probing.signal,
  );
  const { mediaType } = containerRow(output.container);
  const video = { output: index, encoder: encoder.name, ...facts };
  return { name: output.name, mediaType, sizeBytes, sha256, width, height, frames, video };
}

/** Its bytes, in pieces that a message may have. */
export function contentOf(container: Container, path: string): AsyncIterable<Uint8Array> {
  switch (container) {
    case "png-tar":
      return chunked(tarOf(path));
    case "png-zip":
      return chunked(zipOf(path));
    default:
      return fileChunks(path);
  }
}

/** Whole pictures in pieces that a message may have. */
async function* chunked(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    for (let start = 0; start < part.length; start += FILE_CHUNK_BYTES) {
      yield part.subarray(start, start + FILE_CHUNK_BYTES);
    }
  }
}
