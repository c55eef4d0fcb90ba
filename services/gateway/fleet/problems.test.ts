import assert from "node:assert/strict";
import { test } from "node:test";
import {
  GetMeshStatusResponse,
  Worker,
  WorkerState,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import { JobStage } from "../../../proto/gen/depthmesh/v1/job.js";
import { problemsOf } from "./problems.js";

const ROOM = { minFreeMib: 256 };
const MESH = GetMeshStatusResponse.fromPartial({ natsConnected: true, freeBytes: 2 ** 33 });

const worker = (service: string, state: WorkerState = WorkerState.WORKER_STATE_SERVING) =>
  Worker.fromPartial({
    ...{ name: `workers/${service}-1`, service, state, version: "0.2.0" },
    address: "127.0.0.1:1",
  });
const ALL = ["gateway", "depth", "render", "encode"].map((service) => worker(service));
const without = (service: string) => ALL.filter((one) => one.service !== service);

test("nothing is wrong with a mesh of all services", () => {
  assert.deepEqual(problemsOf(MESH, ALL, ROOM), []);
});

test("a stage without a worker, with what waits for one", () => {
  assert.deepEqual(problemsOf(MESH, without("render"), ROOM), [
    "no render worker serves: jobs will wait for one",
  ]);
  const stage = JobStage.JOB_STAGE_RENDER;
  const queues = [2, 3].map((waiting) => ({ stage, priority: 1, waiting, inWork: 0 }));
  const drains = [...without("render"), worker("render", WorkerState.WORKER_STATE_DRAINING)];
  assert.deepEqual(problemsOf({ ...MESH, queues } as GetMeshStatusResponse, drains, ROOM), [
    "every render worker drains: 5 orders wait for one",
  ]);
});

test("a process that is silent, another version, little room", () => {
  const old = { ...worker("depth"), version: "0.1.0" };
  const silent = worker("encode", WorkerState.WORKER_STATE_UNREACHABLE);
  const found = problemsOf({ ...MESH, freeBytes: 2 ** 20 }, [...ALL, old, silent], ROOM);
  assert.equal(found.length, 3);
  assert.match(found[0] ?? "", /1 MiB free; uploads are refused below 256 MiB/);
  assert.match(found[1] ?? "", /workers\/encode-1 does not answer at 127\.0\.0\.1:1/);
  assert.match(found[2] ?? "", /different versions serve: 0\.1\.0, 0\.2\.0/);
});

test("a renderer that an encode worker cannot connect to, while it is announced", () => {
  const facts = { unreachable_renderers: "127.0.0.1:1 10.0.0.9:1" };
  const found = problemsOf(MESH, [...without("encode"), { ...worker("encode"), facts }], ROOM);
  assert.equal(found.length, 1);
  assert.match(
    found[0] ?? "",
    /^workers\/encode-1: no connection to the render worker at 127\.0\.0\.1:1: DEPTHMESH_ADVERTISE_HOST/,
  );
});

test("without NATS nothing is known of the workers, so that nothing is said of them", () => {
  const found = problemsOf({ ...MESH, natsConnected: false }, [], ROOM);
  assert.deepEqual(found, ["the gateway does not reach NATS: jobs wait until it returns"]);
});
