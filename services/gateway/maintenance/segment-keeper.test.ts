/** What a gateway reads while the segments of a clip are made. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { Bus } from "../../../kit/nats/connect.js";
import type { Division } from "../../../pipeline/record/division.js";
import { withProgress, withStage } from "../../../pipeline/record/record.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import { segmentIds, segmentRecord } from "../../../pipeline/segments/segment-record.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { JobIndex } from "./job-index.js";
import { SegmentKeeper } from "./segment-keeper.js";

const ID = "0".repeat(26);
const SEGMENTS = 10;
const STEPS = 50;
const DIVISION: Division = {
  ...{ id: "a", quality: "fast", traceParent: "", retries: 0 },
  ranges: Array.from({ length: SEGMENTS }, (_, i) => ({ firstFrame: 10 * i, frames: 10 })),
};

/** Counts reads, as NATS would be asked. */
class CountedStore extends MemoryJobStore {
  reads = 0;

  override read(id: string) {
    this.reads += 1;
    return super.read(id);
  }
}

test("the progress of segments costs a gateway no more reads than the job takes of it", async () => {
  const store = new CountedStore();
  const job = withStage(queuedRecord({ id: ID, state: "RENDER" }), "render", { done: true });
  await store.create({ ...job, division: DIVISION });
  for (const index of DIVISION.ranges.keys()) {
    await store.create(segmentRecord(job, DIVISION, index, 0));
  }
  const log = pino({ level: "silent" });
  const index = new JobIndex(store, log);
  const keeper = new SegmentKeeper({
    ...{ store, log, index },
    bus: {} as Bus,
    claims: { release: () => {} },
    deletion: { unowned: async () => {} },
  });
  index.listen(keeper);
  const stop = new AbortController();
  const running = index.run(stop.signal);
  const changes = STEPS * SEGMENTS;
  store.reads = 0;
  for (let step = 1; step <= STEPS; step++) {
    for (const id of segmentIds(ID, DIVISION)) {
      await updateRecord(store, id, (record) => withProgress(record, "render", step / STEPS));
      await new Promise(setImmediate);
    }
  }
  const own = changes;
  await keeper.pass();
  const { record } = (await store.read(ID)) ?? assert.fail("there is no job");
  assert.ok(record.progress.render > 0.98, `${record.progress.render}`);
  // A hundred steps of progress, and a second read where the step was taken meanwhile.
  assert.ok(store.reads - own <= 210, `${store.reads - own} reads for ${changes} changes`);
  stop.abort();
  await running;
  await keeper.stop();
});
