/**
 * Tests encode workers with different codecs: a worker leaves orders for codecs that it lacks to
 * another worker.
 */
import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { KV } from "nats";
import { ServiceChild } from "../launcher/child.js";
import { parseJobName } from "../pipeline/record/id.js";
import type { JobRecord } from "../pipeline/record/record.js";
import { type JobStore, waitForRecord } from "../pipeline/record/store.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { Container, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  SAMPLE,
  smallSpec,
  startFixture,
  TEST_LEASE_MS,
  untilEnded,
} from "../testing/mesh/fixture.js";

/** An ffmpeg that was built without VP9. */
const WITHOUT_VP9 = `#!/bin/sh
case " $* " in
  *" -encoders "*) ffmpeg "$@" | grep -v vp9 ;;
  *) exec ffmpeg "$@" ;;
esac
`;

let folder: string;
let fixture: Fixture;
let able: ServiceChild;
let meshBus: MeshBus;
let workers: KV;
let store: JobStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-codecs-"));
  const lacking = join(folder, "ffmpeg");
  await writeFile(lacking, WITHOUT_VP9);
  await chmod(lacking, 0o755);
  const environment = { DEPTHMESH_FFMPEG: lacking, DEPTHMESH_RETRY_BASE_MS: "100" };
  fixture = await startFixture({ environment });
  const { mesh } = fixture;
  able = new ServiceChild({
    service: "encode",
    log: "inherit",
    environment: {
      DEPTHMESH_LOG: "fatal",
      DEPTHMESH_LEASE_MS: String(TEST_LEASE_MS),
      DEPTHMESH_NATS_URL: mesh.natsUrlFor("encode"),
      DEPTHMESH_GATEWAY: mesh.internalAddress,
      ...mesh.access.settingsFor("worker"),
      DEPTHMESH_TRACES: mesh.traces,
    },
  });
  await able.start();
  meshBus = await connectToMesh(mesh);
  workers = meshBus.buckets.workers;
  store = meshBus.store;
  // Wait until both workers have announced their encoders.
  const announced = new Set<string>();
  for await (const { key } of await workers.watch()) {
    if (announced.add(key).size === 2) break;
  }
  // The gateway has a watch of its own, which may be later.
  await eventually("the gateway knows an encoder of VP9", async () => {
    const { encoders } = await fixture.client.listEncoders();
    return encoders.some(({ codec, works }) => codec === "vp9" && works);
  });
});
after(async () => {
  await meshBus?.bus.close();
  await able?.stop(10_000);
  await fixture?.close();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Creates a WebM job whose order reaches the worker without VP9, because the other worker is
 * stopped.
 */
async function createJobWhileAbleIsStopped(): Promise<string> {
  process.kill(pidOfAble(), "SIGSTOP");
  const outputs = [{ container: Container.CONTAINER_WEBM }];
  const spec = JobSpec.fromPartial({ ...smallSpec(), outputs });
  return (await fixture.client.createJobFromFiles(spec, { photo: SAMPLE })).name;
}

const pidOfAble = () => able.pid ?? assert.fail("the process runs");

function untilRecordOf(name: string, holds: (record: JobRecord) => boolean): Promise<JobRecord> {
  return waitForRecord(store, parseJobName(name), AbortSignal.timeout(60_000), holds);
}

test("an order waits for the worker that has its codec, and that counts as no attempt and no crash", async () => {
  const name = await createJobWhileAbleIsStopped();
  await untilRecordOf(name, ({ stages }) => stages.encode.deferrals > 0);
  process.kill(pidOfAble(), "SIGCONT");
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const { encode } = (await untilRecordOf(name, () => true)).stages;
  assert.deepEqual([encode.attempts, encode.crashes], [0, 0]);
});

test("if no live worker has the codec, the job fails with CODEC_UNAVAILABLE", async () => {
  const name = await createJobWhileAbleIsStopped();
  await untilRecordOf(name, ({ stages }) => stages.encode.deferrals > 0);
  // The bucket forgets a worker that does not repeat its announcement. This deletes it at once.
  for await (const key of await workers.keys()) {
    if (key.includes(`-${pidOfAble()}-`)) await workers.delete(key);
  }
  const job = await untilEnded(fixture.client, name);
  process.kill(pidOfAble(), "SIGCONT");
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  const { error } = await untilRecordOf(name, () => true);
  assert.equal(error?.reason, "CODEC_UNAVAILABLE");
});
