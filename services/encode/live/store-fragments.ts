/** The fragments of a finished encode as a blob: for followers that come after its end. */
import { join } from "node:path";
import type { FragmentsRef } from "../../../core/spec/stage-output.js";
import { fileChunks } from "../../../kit/rpc/chunks.js";
import type { OutputStore } from "../store-output.js";
import { FRAGMENTS_FILE } from "./open-live.js";
import type { SegmentStore } from "./segment-store.js";

/** Null where the job has no output that could be followed. */
export async function storeFragments(
  { blobs, writer, signal }: OutputStore,
  { attempt, fragments }: SegmentStore,
  folder: string,
): Promise<FragmentsRef | null> {
  if (fragments === 0) return null;
  const content = fileChunks(join(folder, FRAGMENTS_FILE));
  return { ...(await blobs.write(writer, content, signal)), attempt };
}
