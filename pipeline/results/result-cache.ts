/** Results by what they were made of: the same again is not made again. */

import type { KV } from "nats";
import { BlobCache } from "../../kit/blobs/blob-cache.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { hashesIn } from "../../kit/blobs/store.js";
import type { Log } from "../../kit/log.js";
import type { ArtifactRecord, JobRecord, Json, NoteRecord } from "../record/record.js";
import type { Stage } from "../stages.js";

/** What a job has made that succeeded. */
export interface EarlierResult {
  /** Id of that job. */
  readonly job: string;
  readonly outputs: Readonly<Record<Exclude<Stage, "depth">, Json>>;
  readonly artifacts: readonly ArtifactRecord[];
  readonly notes: readonly NoteRecord[];
}

/** What later jobs need of a job that has succeeded. */
export function resultOf({ id, stages, artifacts, notes }: JobRecord): EarlierResult {
  const outputs = { render: stages.render.output, encode: stages.encode.output };
  return { job: id, outputs, artifacts, notes };
}

export class ResultCache {
  readonly #results: BlobCache<EarlierResult>;

  constructor(bucket: KV, blobs: Pick<RemoteBlobs, "hold">, log: Log) {
    // Whatever field names a blob: the readers of the result will ask for it.
    const blobsOf = (result: EarlierResult) => hashesIn(JSON.stringify(result));
    this.#results = new BlobCache({ bucket, blobs, log, name: "results", blobsOf });
  }

  /** The result under a key. Throws the signal's reason. */
  find(key: string, signal: AbortSignal): Promise<EarlierResult | undefined> {
    return this.#results.find(key, signal);
  }

  /** Keep what a job has made, after the commit that has ended it; without a key it does nothing. */
  async remember(key: string | undefined, record: JobRecord): Promise<void> {
    if (key === undefined || record.state !== "SUCCEEDED") return;
    await this.#results.remember(key, resultOf(record));
  }
}
