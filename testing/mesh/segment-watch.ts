/** What a test sees of divided clips: the records of their segments, those that are gone too. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Mesh } from "../../launcher/mesh.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { StageRecord } from "../../pipeline/record/stage-record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import { segmentIds } from "../../pipeline/segments/segment-record.js";
import type { Job } from "../../proto/gen/depthmesh/v1/job.js";
import { eventually } from "../eventually.js";

export const idOf = ({ name }: Pick<Job, "name">) => name.slice("jobs/".length);

export class SegmentWatch {
  /** The newest record of everything in the bucket, those that were removed too. */
  readonly seen = new Map<string, JobRecord>();
  /** The leases that each record has had, by its id and stage. */
  readonly taken = new Map<string, Set<string>>();
  readonly #store: JobStore;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor(store: JobStore) {
    this.#store = store;
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    for await (const change of this.#store.watchAll(this.#stop.signal)) {
      if (change.kind !== "put") continue;
      const { record } = change;
      this.seen.set(record.id, record);
      for (const stage of ["render", "encode"] as const) {
        const { lease } = record.stages[stage];
        const key = `${record.id}/${stage}`;
        if (lease) this.taken.set(key, (this.taken.get(key) ?? new Set()).add(lease.token));
      }
    }
  }

  /** The last records of the segments that the job had, in order. */
  segmentsOf(job: Pick<Job, "name">): JobRecord[] {
    const { division } = this.seen.get(idOf(job)) ?? assert.fail("the job was not seen");
    assert.ok(division, "the clip was divided");
    const ids = segmentIds(idOf(job), division);
    return ids.map((id) => this.seen.get(id) ?? assert.fail("no segment"));
  }

  /** Encode's stage of the segments that there are. */
  encodesOf(name: string): StageRecord[] {
    const id = idOf({ name });
    const division = this.seen.get(id)?.division;
    const ids = division ? segmentIds(id, division) : [];
    return ids.flatMap((segment) => this.seen.get(segment)?.stages.encode ?? []);
  }

  /** Of all divisions of the job. */
  allOf(name: string): JobRecord[] {
    return [...this.seen.values()].filter(({ segmentOf }) => segmentOf === idOf({ name }));
  }

  /** Resolves when no record of a segment is left. */
  async untilTidy(): Promise<void> {
    await eventually("no segment is left", async () => {
      const records = await Promise.all(
        (await this.#store.ids()).map((id) => this.#store.read(id)),
      );
      return records.every((found) => found?.record.segmentOf === undefined);
    });
  }
}

/** Resolves when none of the artifacts has a file: what has no record loses it a moment later. */
export async function untilFilesGone(
  { data }: Pick<Mesh, "data">,
  artifacts: readonly { readonly sha256: string }[],
): Promise<void> {
  await eventually("the files are gone", async () => {
    const files = await readdir(join(data, "blobs"), { recursive: true });
    return artifacts.every(({ sha256 }) => files.every((path) => !path.endsWith(sha256)));
  });
}
