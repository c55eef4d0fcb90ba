/** gRPC reflection over the descriptors of the build. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { packagePath } from "../process/package-path.js";
import { answer, DESCRIPTOR_FILES, DescriptorIndex, readDescriptorSet } from "./reflection.js";

const index = new DescriptorIndex(
  (
    await Promise.all(DESCRIPTOR_FILES.map((name) => readFile(packagePath("proto", "gen", name))))
  ).flatMap(readDescriptorSet),
);

test("reflection finds every service, method and message of the build's protocol", () => {
  const file = index.fileOfSymbol("depthmesh.v1.JobService");
  assert.ok(file);
  assert.equal(index.fileOfSymbol("depthmesh.v1.JobService.CreateJob"), file);
  assert.equal(index.fileOfName(file.descriptor.name), file);
  const names = index.closure(file).length;
  assert.ok(names > file.descriptor.dependency.length, "imports of imports are in the closure");
  assert.equal(index.fileOfSymbol("depthmesh.v1.NoSuchService"), undefined);
});

test("reflection finds the standard services too", () => {
  for (const symbol of [
    "grpc.health.v1.Health",
    "grpc.health.v1.HealthCheckRequest",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "grpc.health.v1.HealthCheckResponse.SERVING",
  ]) {
    assert.ok(index.fileOfSymbol(symbol), symbol);
  }
  assert.ok(index.fileOfName("grpc/health/v1/health.proto"), "by the name that others know");
});

test("every declared symbol is found by its full name, and nothing else", () => {
  for (const symbol of [
    "depthmesh.v1.Job.name",
    "depthmesh.v1.JobEvent.kind",
    "depthmesh.v1.Job.LabelsEntry",
    "depthmesh.v1.JobState",
    "depthmesh.v1.JOB_STATE_QUEUED",
  ]) {
    assert.ok(index.fileOfSymbol(symbol), symbol);
  }
  assert.equal(index.fileOfSymbol("depthmesh.v1.Job.nothing"), undefined);
});

test("each kind of question has its answer", () => {
  const ask = (request: Parameters<typeof answer>[0]) => answer(request, index, ["a.B"]);
  const numbers = { allExtensionNumbersResponse: { baseTypeName: "depthmesh.v1.Job" } };
  const kinds: [Parameters<typeof answer>[0], object][] = [
    [{ listServices: "" }, { listServicesResponse: { service: [{ name: "a.B" }] } }],
    [{ allExtensionNumbersOfType: "depthmesh.v1.Job" }, numbers],
  ];
  for (const [originalRequest, expected] of kinds) {
    assert.deepEqual(ask(originalRequest), { originalRequest, ...expected });
  }
  const codes = [
    { allExtensionNumbersOfType: "depthmesh.v1.JobState" },
    { fileContainingExtension: { containingType: "depthmesh.v1.Job" } },
    { fileContainingSymbol: "nothing" },
    { fileByFilename: "nothing.proto" },
    {},
  ].map((request) => (ask(request) as { errorResponse?: { errorCode: number } }).errorResponse);
  assert.deepEqual(
    codes.map((response) => response?.errorCode),
    [5, 5, 5, 5, 3],
  );
});
