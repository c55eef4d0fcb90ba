/** Names of an object store of NATS, as its other clients choose them, and its stream. */
import { DiscardPolicy, StorageType } from "nats";

/** The object store of DEPTHMESH_BLOB_STORE=nats. */
export const BLOBS_BUCKET = "dm_blobs";

/** The stream of an object store. */
export const objectStream = (bucket: string) => `OBJ_${bucket}`;

/** As other clients make it. Nothing is read from a replica, which may not have it yet. */
export const objectStreamConfig = (bucket: string) => ({
  name: objectStream(bucket),
  // Chunks, and descriptions.
  subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  allow_rollup_hdrs: true,
});
