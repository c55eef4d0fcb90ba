/** Runs depend on their seeds only, stay within their bounds, and their jobs meet their faults. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawRun, passes, seedOfRun } from "./draw.js";
import { describeFault, SEGMENT_POINTS, UPLOAD_POINTS } from "./fault.js";
import { faultKindsOf, MESH_PLANS, type MeshPlan } from "./mesh-kind.js";

const RUNS = Array.from({ length: 500 }, (_, run) => seedOfRun(7, run));
const { single, cluster } = MESH_PLANS;
const drawOn = (mesh: MeshPlan) => (seed: number) => drawRun(seed, faultKindsOf(mesh), mesh);
const draw = drawOn(single);

test("the same seed draws the same run, and another seed another run", () => {
  assert.deepEqual(draw(RUNS[0] ?? 0), draw(RUNS[0] ?? 0));
  assert.equal(new Set(RUNS.map((seed) => JSON.stringify(draw(seed).jobs))).size, RUNS.length);
});

test("a run has 1 to 3 faults and 1 to 4 jobs, and every kind of fault is drawn", () => {
  for (const mesh of [single, cluster]) {
    const kinds = new Map<string, number>();
    for (const { faults, jobs } of RUNS.map(drawOn(mesh))) {
      assert.ok(faults.length >= 1 && faults.length <= 3 && jobs.length >= 1 && jobs.length <= 4);
      for (const { kind } of faults) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    for (const kind of faultKindsOf(mesh)) assert.ok((kinds.get(kind) ?? 0) >= 5, kind);
  }
});

test("half of the runs have frames by a socket, the others by gRPC", () => {
  const ways = RUNS.map((seed) => draw(seed).framesBy);
  assert.equal(ways.filter((way) => way === "socket").length, RUNS.length / 2);
  assert.equal(ways.filter((way) => way === "grpc").length, RUNS.length / 2);
});

test("only the selected kinds of faults are drawn", () => {
  for (const seed of RUNS) {
    const { faults } = drawRun(seed, ["cut", "bus-kill"], single);
    for (const { kind } of faults) assert.ok(kind === "cut" || kind === "bus-kill");
  }
});

test("a frozen process stays frozen for longer than its lease", () => {
  for (const mesh of [single, cluster]) {
    for (const fault of RUNS.flatMap((seed) => drawOn(mesh)(seed).faults)) {
      if (fault.kind !== "failpoint" && fault.kind !== "signal") continue;
      if (fault.signal === "SIGSTOP") assert.ok(fault.holdMs > mesh.leaseMs, describeFault(fault));
      else assert.equal(fault.holdMs, 0);
    }
  }
});

test("faults name processes that exist", () => {
  for (const mesh of [single, cluster]) {
    for (const fault of RUNS.flatMap((seed) => drawOn(mesh)(seed).faults)) {
      if (fault.kind !== "signal") continue;
      const { service, index } = fault.place;
      assert.ok(index < mesh.processes[service], describeFault(fault));
    }
  }
});

test("each fault in a stage has a job that passes it, and a poisoned job does not end earlier", () => {
  const runs = [...RUNS.map(draw), ...RUNS.map(drawOn(cluster))];
  for (const { faults, jobs } of runs) {
    for (const [i, fault] of faults.entries()) {
      const job = jobs[i];
      assert.ok(job);
      if (fault.kind === "failpoint") {
        const { service, point } = fault;
        if (SEGMENT_POINTS[service].includes(point)) assert.equal(job.shape, "segments");
        if ((UPLOAD_POINTS as readonly string[]).includes(point)) assert.ok(job.isUploaded);
      }
      if ("stage" in fault) assert.ok(passes(job.shape, fault.stage), describeFault(fault));
      if (fault.kind !== "poison-job") continue;
      assert.equal(i, 0);
      assert.ok(!job.isCorrupt && job.cancelAfterMs === undefined);
    }
  }
});
