/**
 * An encode worker whose encoder trial hangs takes no orders, and stops when it is told to. The job
 * waits for another worker.
 */
import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ServiceChild } from "../launcher/child.js";
import { parseJobName } from "../pipeline/record/id.js";
import { waitForRecord } from "../pipeline/record/store.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  connectToMesh,
  SAMPLE,
  smallSpec,
  startFixture,
  TEST_LEASE_MS,
  untilEnded,
} from "../testing/mesh/fixture.js";

/** Answers questions, and hangs when it is to encode. */
const HANGING = `#!/bin/sh
case " $* " in
  *" -i "*) exec sleep 600 ;;
  *) exec ffmpeg "$@" ;;
esac
`;
const STOP_GRACE_MS = 20_000;

test("a worker in its encoder trial holds no order and stops in order", async (t) => {
  const fixture = await startFixture({ encode: 0 });
  t.after(() => fixture.close());
  const { mesh, client, folder } = fixture;
  const meshBus = await connectToMesh(mesh);
  t.after(() => meshBus.bus.close());
  const ffmpeg = join(folder, "ffmpeg");
  await writeFile(ffmpeg, HANGING);
  await chmod(ffmpeg, 0o755);
  const environment = {
    DEPTHMESH_LOG: "fatal",
    DEPTHMESH_LEASE_MS: String(TEST_LEASE_MS),
    DEPTHMESH_DRAIN_MS: "1000",
    DEPTHMESH_NATS_URL: mesh.natsUrlFor("encode"),
    DEPTHMESH_GATEWAY: mesh.internalAddress,
    ...mesh.access.settingsFor("worker"),
    DEPTHMESH_TRACES: mesh.traces,
  };
  const encoder = (more: Record<string, string>) =>
    new ServiceChild({
      service: "encode",
      log: "inherit",
      environment: { ...environment, ...more },
    });

  const hanging = encoder({ DEPTHMESH_FFMPEG: ffmpeg });
  await hanging.start();
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  const untilRecord = (holds: Parameters<typeof waitForRecord>[3]) =>
    waitForRecord(meshBus.store, parseJobName(name), AbortSignal.timeout(60_000), holds);
  await untilRecord(({ stages }) => stages.encode.order !== null);
  const startedAtMs = performance.now();
  await hanging.stop(STOP_GRACE_MS);
  assert.ok(performance.now() - startedAtMs < STOP_GRACE_MS, "it was not killed");
  const { encode } = (await untilRecord(() => true)).stages;
  assert.deepEqual([encode.lease, encode.attempts, encode.crashes], [null, 0, 0]);

  const working = encoder({});
  t.after(() => working.stop(STOP_GRACE_MS));
  await working.start();
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
});
