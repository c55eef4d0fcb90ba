/**
 * A renderer that advertises an address which leads nowhere: the address is blamed, and not the
 * encoder or the job.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { withStage } from "../pipeline/record/record.js";
import { updateRecord } from "../pipeline/record/store.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { eventually } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";

/** Nobody listens there. */
const NOWHERE = "127.0.0.1:1";
let fixture: Fixture;

before(async () => {
  fixture = await startFixture({
    environment: { DEPTHMESH_RETRY_BASE_MS: "10" },
    environmentFor: ({ service }, settings) =>
      service === "render" ? { ...settings, DEPTHMESH_ADVERTISE_HOST: NOWHERE } : settings,
  });
});
after(() => fixture?.close());

test("the operator is told while the job waits, and the job ends with the address and the setting", async () => {
  const { client, admin, mesh } = fixture;
  const { store, bus } = await connectToMesh(mesh);
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  // Four renderers before this one have failed for the same reason.
  await updateRecord(store, name.slice("jobs/".length), (record) =>
    withStage(record, "render", { attempts: 4 }),
  );
  await eventually("the mesh tells it", async () => {
    const { problems } = await admin.getSystemStatus();
    return problems.some((text) =>
      /encode.* no connection to the render worker at 127\.0\.0\.1:1: DEPTHMESH_ADVERTISE_HOST/.test(
        text,
      ),
    );
  });
  const job = await untilEnded(client, name);
  await bus.close();
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  const error = fromRpcStatus(job.error ?? assert.fail("it has an error"));
  assert.ok(error, "with details");
  assert.equal(error.reason, "RENDERER_UNREACHABLE");
  assert.equal(error.metadata.address, NOWHERE);
  assert.match(error.message, /DEPTHMESH_ADVERTISE_HOST/);
});
