/** What the protocol promises to clients of all languages agrees with the tables of the code. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { REASONS } from "../core/error-reasons.js";
import { NOTES } from "../core/spec/note.js";
import { PARAMETERS } from "../core/spec/parameters.js";
import { packagePath } from "../kit/process/package-path.js";

const descriptors = readFileSync(packagePath("proto", "gen", "descriptors.binpb"));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));

function enumNames(name: string): string[] {
  const descriptor = registry.getEnum(`depthmesh.v1.${name}`);
  assert.ok(descriptor);
  return descriptor.values.filter(({ number }) => number > 0).map((value) => value.name);
}

for (const [name, table, file] of [
  ["ErrorReason", REASONS, "error_reason.proto"],
  ["NoteCode", NOTES, "note_code.proto"],
] as const) {
  test(`${name} has every code of the table: append a new one, with the next number, to ${file}`, () => {
    assert.deepEqual(enumNames(name).sort(), Object.keys(table).sort());
  });
}

test("the name of every parameter is the path of a field in JobSpec", () => {
  const wrong = Object.keys(PARAMETERS).filter((path) => {
    let message = registry.getMessage("depthmesh.v1.JobSpec");
    return !path.split(".").every((name) => {
      const field = message?.fields.find((candidate) => candidate.name === name);
      message = field?.message;
      return field !== undefined;
    });
  });
  assert.deepEqual(wrong, []);
});

test("every file of the protocol names its package for Go, Java and C#", () => {
  for (const { proto } of registry.files) {
    if (!proto.name.startsWith("depthmesh/")) continue;
    const { goPackage, javaPackage, csharpNamespace } = proto.options ?? {};
    assert.ok(goPackage && javaPackage && csharpNamespace, proto.name);
  }
});
