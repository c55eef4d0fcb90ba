/**
 * The result cache: keeps the results of succeeded jobs under a hash of everything that determines
 * them. The worker that commits the last stage stores a result; a depth worker looks it up, so that
 * a job with the same inputs can end without rendering.
 */

import type { KV } from "nats";
import { z } from "zod";
import { keptUnder } from "../../core/spec/result-identity.js";
import { depthOutputOf, encodeOutputOf } from "../../core/spec/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { BlobCache } from "../../kit/blobs/remote.js";
import { hashesIn } from "../../kit/blobs/store.js";
import type { Log } from "../../kit/log.js";
import type { ArtifactRecord, JobRecord, NoteRecord } from "../record/record.js";
import type { Json } from "../record/stage-record.js";
import { artifactSchema, noteSchema } from "../record/stored-record.js";
import type { Stage } from "../stages.js";

/** The result of an earlier job that succeeded. */
export interface EarlierResult {
  /** Id of the earlier job. */
  readonly job: string;
  readonly outputs: Readonly<Record<Exclude<Stage, "depth">, Json>>;
  readonly artifacts: readonly ArtifactRecord[];
  readonly notes: readonly NoteRecord[];
}

const resultSchema = z.looseObject({
  job: z.string(),
  outputs: z.looseObject({ render: z.json(), encode: z.json() }),
  artifacts: z.array(artifactSchema),
  notes: z.array(noteSchema),
});

/** The result in a cache entry. Throws for another shape. */
export function readEarlierResult(stored: unknown): EarlierResult {
  const { encode } = resultSchema.parse(stored).outputs;
  if (encode !== null) encodeOutputOf(encode);
  return stored as EarlierResult;
}

/** The part of a succeeded job's record that later jobs take over. */
export function resultOf({ id, stages, artifacts, notes }: JobRecord): EarlierResult {
  const outputs = { render: stages.render.output, encode: stages.encode.output };
  return { job: id, outputs, artifacts, notes };
}

export class ResultCache {
  readonly #results: BlobCache<EarlierResult>;
  readonly #log: Log;

  constructor(bucket: KV, blobs: Pick<RemoteBlobs, "hold">, log: Log) {
    // Every hash in the result, in whichever field: a reader of the result needs all of its blobs.
    const blobsOf = (result: EarlierResult) => hashesIn(JSON.stringify(result));
    this.#log = log;
    const read = readEarlierResult;
    this.#results = new BlobCache({ bucket, blobs, log, name: "results", read, blobsOf });
  }

  /**
   * The result under a key, if all of its blobs still exist, for the job with the id `job`. Throws
   * the signal's reason.
   */
  find(key: string, signal: AbortSignal, job = ""): Promise<EarlierResult | undefined> {
    return this.#results.find(key, signal, job);
  }

  /**
   * Stores the result of a job after the commit that has ended it, under the key that its depth
   * stage has found. Does nothing without a key, or for a job that did not succeed. Never throws,
   * because the job has succeeded already.
   */
  async remember(record: JobRecord): Promise<void> {
    if (record.state !== "SUCCEEDED") return;
    try {
      const key = keptUnder(depthOutputOf(record.stages.depth.output), record.notes);
      if (key !== undefined) await this.#results.remember(key, resultOf(record));
    } catch (error) {
      this.#log.warn({ err: error, job: record.id }, "the result of a job was not kept");
    }
  }
}
