/** Makes and stores the takeaways that a job asks for. */

import type { SceneSource } from "../../../core/scene/clip/clip-scene.js";
import { isTakeaway, TAKEAWAY_FILES } from "../../../core/spec/artifact-names.js";
import type { RemoteBlobs } from "../../../kit/blobs/remote.js";
import { inSpan } from "../../../kit/telemetry/tracing.js";
import type { ArtifactRecord } from "../../../pipeline/record/record.js";
import type { StageWork } from "../../../pipeline/worker/stage-worker.js";
import { storeArtifacts } from "../store-artifacts.js";
import { takeawaySource } from "./source.js";
import type { TakeawayThread } from "./takeaway-thread.js";

/** Leaves out those that an earlier attempt has left in the record. */
export async function makeTakeaways(
  blobs: RemoteBlobs,
  work: Pick<StageWork, "record" | "lease">,
  thread: Pick<TakeawayThread, "make">,
  source: SceneSource,
): Promise<ArtifactRecord[]> {
  const kept = new Set(work.record.artifacts.map(({ name }) => name));
  const kinds = source.spec.artifacts
    .filter(isTakeaway)
    .filter((kind) => !kept.has(TAKEAWAY_FILES[kind].name));
  if (kinds.length === 0) return [];
  const files = await inSpan("takeaways", {}, () => thread.make(kinds, takeawaySource(source)));
  const wanted = kinds.flatMap((kind, i) => {
    const file = files[i];
    return file ? [{ kind, ...TAKEAWAY_FILES[kind], make: async () => file }] : [];
  });
  return storeArtifacts(blobs, work, wanted);
}
