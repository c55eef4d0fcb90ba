/** A whole job on addresses of IPv6: every port, NATS, the frames, and the result over HTTP. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { SAMPLE, smallSpec, startFixture, untilEnded } from "../testing/mesh/fixture.js";

const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
const skip = !all.some(({ address }) => address === "::1") && "this machine has no IPv6";

test("a mesh of which every process has an IPv6 address makes a video", { skip }, async (t) => {
  const { client, admin, mesh, close } = await startFixture({
    listen: { host: "::1", natsPort: 0, internalPort: 0 },
    webPort: 0,
    environment: { DEPTHMESH_HOST: "::1", DEPTHMESH_FRAMES_BY: "grpc" },
  });
  t.after(close);
  const at = /^\[::1\]:\d+$/;
  for (const address of [mesh.address, mesh.adminAddress, mesh.internalAddress]) {
    assert.match(address, at);
  }
  assert.match(mesh.natsUrl, /@\[::1\]:\d+$/);
  assert.match(mesh.webAddress, /^http:\/\/\[::1\]:\d+$/);
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const { workers } = await admin.listWorkers();
  assert.equal(workers.length, 4);
  for (const { address } of workers) assert.match(address, at);
  const answer = await fetch(`${mesh.webAddress}/v1/${name}`);
  assert.deepEqual([answer.status, ((await answer.json()) as { name: string }).name], [200, name]);
});
