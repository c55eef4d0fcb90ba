/** Makes and stores the takeaways that a job asks for. */
import { isTakeaway, TAKEAWAY_FILES } from "../../../core/spec/artifact-names.js";
import type { RemoteBlobs } from "../../../kit/blobs/remote.js";
import type { ArtifactRecord } from "../../../pipeline/record/record.js";
import type { StageWork } from "../../../pipeline/worker/stage-worker.js";
import type { SceneSource } from "../build-scene.js";
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
  const kinds = source.spec.artifacts.filter(isTakeaway);
  if (kinds.length === 0) return [];
  const made = takeawaySource(source);
  const wanted = kinds.map((kind) => ({
    ...{ kind, ...TAKEAWAY_FILES[kind] },
    make: () => thread.make(kind, made),
  }));
  return storeArtifacts(blobs, work, wanted);
}
