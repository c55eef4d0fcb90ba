/** gRPC reflection over the descriptors of the build. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { packagePath } from "../process/package-path.js";
import { DESCRIPTOR_FILES, DescriptorIndex, readDescriptorSet } from "./reflection.js";

test("reflection finds every service, method and message of the build's protocol", async () => {
  const bytes = await readFile(packagePath("proto", "gen", "descriptors.binpb"));
  const index = new DescriptorIndex(readDescriptorSet(bytes));
  const file = index.fileOfSymbol("depthmesh.v1.JobService");
  assert.ok(file);
  assert.equal(index.fileOfSymbol("depthmesh.v1.JobService.CreateJob"), file);
  assert.equal(index.fileOfName(file.descriptor.name), file);
  const names = index.closure(file).length;
  assert.ok(names > file.descriptor.dependency.length, "imports of imports are in the closure");
  assert.equal(index.fileOfSymbol("depthmesh.v1.NoSuchService"), undefined);
});

test("reflection finds the standard services too", async () => {
  const files = await Promise.all(
    DESCRIPTOR_FILES.map((name) => readFile(packagePath("proto", "gen", name))),
  );
  const index = new DescriptorIndex(files.flatMap(readDescriptorSet));
  for (const symbol of [
    "grpc.health.v1.Health",
    "grpc.health.v1.HealthCheckRequest",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
  ]) {
    assert.ok(index.fileOfSymbol(symbol), symbol);
  }
});
