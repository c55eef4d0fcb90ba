/** Makes the artifacts of a job that do not exist yet, one after another, and stores them. */
import type { Size } from "../../core/geometry/size.js";
import type { ArtifactFile } from "../../core/spec/artifact-names.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { ArtifactRecord } from "../../pipeline/record/record.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";

/** The bytes of a file, and the size in pixels of what it shows. */
export interface MadeFile extends Size {
  readonly bytes: Uint8Array;
}

/** A file that is made when it is needed. */
export interface WantedFile extends ArtifactFile {
  /** The kind of the artifact, which its span is named for. */
  readonly kind: string;
  readonly make: () => Promise<MadeFile>;
}

/** All of `wanted` but those that an earlier attempt has left in the record. */
export async function storeArtifacts(
  blobs: RemoteBlobs,
  { record, lease }: Pick<StageWork, "record" | "lease">,
  wanted: readonly WantedFile[],
): Promise<ArtifactRecord[]> {
  const writer = { job: record.id, token: lease.token };
  const kept = new Set(record.artifacts.map((artifact) => artifact.name));
  const stored: ArtifactRecord[] = [];
  for (const { kind, name, mediaType, make } of wanted) {
    if (kept.has(name)) continue;
    lease.signal.throwIfAborted();
    const made = await inSpan(kind, {}, async () => {
      const { bytes, width, height } = await make();
      return { width, height, ...(await blobs.write(writer, bytes, lease.signal)) };
    });
    stored.push({ name, mediaType, ...made, frames: 0 });
  }
  return stored;
}
