/** Removes uploads whose time is over. */
import type { Log } from "../../../kit/log.js";
import type { Deletion } from "../maintenance/deletion.js";
import type { KeptUploads } from "./kept-uploads.js";
import type { UploadIndex } from "./upload-index.js";
import { isExpired, isFinished } from "./upload-record.js";

export interface ExpiryOptions {
  readonly uploads: Pick<KeptUploads, "remove" | "isWritten"> & {
    readonly records: Pick<KeptUploads["records"], "read">;
  };
  readonly index: Pick<UploadIndex, "expired" | "forget">;
  readonly deletion: Pick<Deletion, "unowned">;
  readonly log: Log;
}

/** One that is written just now stays: its next commit makes it younger. Throws BUS_UNAVAILABLE. */
export async function removeExpiredUploads(options: ExpiryOptions): Promise<void> {
  const { uploads, index, deletion, log } = options;
  const nowMs = Date.now();
  let expired = 0;
  const left = new Set<string>();
  for (const id of index.expired(nowMs)) {
    if (uploads.isWritten(id)) continue;
    const removed = await uploads.remove(id, (record) => isExpired(record, nowMs));
    if (!removed) {
      // Another gateway has removed it, and its deletion marker may be gone as well.
      if (!(await uploads.records.read(id))) index.forget(id);
      continue;
    }
    expired += 1;
    if (isFinished(removed)) left.add(removed.sha256);
  }
  if (expired > 0) log.info({ expired }, "removed expired uploads");
  await deletion.unowned(left);
}
