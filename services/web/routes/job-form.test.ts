/** The first message of a new job out of its header's JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { CreateJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { messageOf } from "../json/descriptors.js";
import { headerMessage } from "./job-form.js";

test("a header is the first message of CreateJob", () => {
  const bytes = headerMessage({ requestId: "a", spec: { camera: { preset: "orbital" } } });
  const { kind } = CreateJobRequest.decode(bytes);
  assert.ok(kind?.$case === "header");
  assert.equal(kind.value.requestId, "a");
  assert.equal(kind.value.spec?.camera?.preset, "orbital");
});

test("a number that no JavaScript number can be reaches the gateway, which refuses it", () => {
  const outputs = [{ maxSizeBytes: "7300649493126697072" }];
  const desc = messageOf("CreateJobRequest");
  const json = toJson(desc, fromBinary(desc, headerMessage({ spec: { outputs } })));
  assert.deepEqual(json, { header: { spec: { outputs } } });
});
