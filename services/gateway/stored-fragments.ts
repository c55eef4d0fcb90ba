/** The fragments of a job that has succeeded, cut into the segments that its followers got. */
import { SegmentIndex } from "../../core/fragments/segment-index.js";
import type { FragmentsRef } from "../../core/spec/stage-output.js";
import type { FileBlobStore } from "../../kit/blobs/file-store.js";
import type { FollowEvent } from "./follow-fragments.js";

/** Read twice: where a segment ends is known only behind it. */
export async function* storedFragments(
  blobs: FileBlobStore,
  { sha256, attempt }: FragmentsRef,
): AsyncGenerator<FollowEvent> {
  yield { kind: "attempt", attempt };
  const index = new SegmentIndex();
  for await (const bytes of blobs.read(sha256)) index.push(bytes);
  for (const segment of index.segments) {
    yield { kind: "segment", segment };
    let { offsetBytes } = segment;
    for await (const bytes of blobs.read(sha256, offsetBytes, segment.sizeBytes)) {
      yield { kind: "chunk", bytes: Buffer.from(bytes), offsetBytes };
      offsetBytes += bytes.length;
    }
  }
}
