/** What is refused by its bytes alone, and what that costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { DepthmeshError } from "../../core/errors.js";
import {
  HoldBlobsRequest,
  WriteBlobRequest,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { CreateJobRequest } from "../../proto/gen/depthmesh/v1/job_service.js";
import { type DeepPartial, JobSpec, type Motion } from "../../proto/gen/depthmesh/v1/spec.js";
import {
  type FieldLimits,
  MAX_LIST_ENTRIES,
  MAX_REQUEST_BYTES,
  MAX_REQUEST_FIELDS,
  scanMessage,
} from "./message-scan.js";
import { requestShape } from "./message-shape.js";

const CREATE = "/depthmesh.v1.JobService/CreateJob";
const HOLD = "/depthmesh.stage.v1.BlobService/HoldBlobs";
const WRITE = "/depthmesh.stage.v1.BlobService/WriteBlob";
/** Numbers of fields in spec.proto. */
const [OUTPUTS, ARTIFACTS, MOTIONS] = [4, 5, 10];

const scan = (path: string, bytes: Uint8Array, limits: FieldLimits = {}) =>
  scanMessage(requestShape(path), bytes, limits);

/** A header whose spec has these bytes. */
const headerOf = (spec: Uint8Array) =>
  new BinaryWriter().tag(1, 2).bytes(new BinaryWriter().tag(1, 2).bytes(spec).finish()).finish();

/** Empty messages in one field. */
const empty = (field: number, count: number) =>
  Buffer.alloc(2 * count, Buffer.from([(field << 3) | 2, 0]));

function refused(act: () => void, reason: string, field?: string): DepthmeshError {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  const error = thrown as DepthmeshError;
  assert.equal(error?.reason, reason);
  if (field !== undefined) assert.equal(error.metadata.field, field);
  return error;
}

test("real messages pass", () => {
  const motions: DeepPartial<Motion>[] = [
    { parameter: "camera.zoom", kind: { $case: "values", value: { values: [1, 2, 3.5] } } },
    { parameter: "a", kind: { $case: "keyframes", value: { keyframes: [{ tau: 0.5 }] } } },
  ];
  const spec = JobSpec.fromPartial({
    camera: { preset: "orbit" },
    clip: { frameRate: { numerator: 30, denominator: 1 } },
    outputs: [{ container: 1 }, { container: 2 }],
    artifacts: [1, 2, 3],
    motions,
  });
  const request = CreateJobRequest.fromPartial({
    kind: { $case: "header", value: { spec, requestId: "ü", validateOnly: true } },
  });
  scan(CREATE, CreateJobRequest.encode(request).finish());
  const chunk = { kind: { $case: "chunk", value: Buffer.alloc(256 * 1024) } } as const;
  scan(WRITE, WriteBlobRequest.encode(WriteBlobRequest.fromPartial(chunk)).finish());
  scan(HOLD, new Uint8Array());
});

test("a message above 1 MiB is refused by its size, with the field that it begins with", () => {
  const large = headerOf(empty(OUTPUTS, MAX_REQUEST_BYTES));
  const error = refused(() => scan(CREATE, large), "PARAMETER_OUT_OF_RANGE", "header");
  assert.equal(error.metadata.actual, String(large.length));
  assert.equal(error.metadata.limit_maximum, String(MAX_REQUEST_BYTES));
});

test("a chunk of a file has at most 256 KiB", () => {
  const chunk = { kind: { $case: "chunk", value: Buffer.alloc(256 * 1024 + 1) } } as const;
  const bytes = WriteBlobRequest.encode(WriteBlobRequest.fromPartial(chunk)).finish();
  const error = refused(() => scan(WRITE, bytes), "PARAMETER_OUT_OF_RANGE", "chunk");
  assert.deepEqual([error.metadata.actual, error.metadata.limit_maximum], ["262145", "262144"]);
});

test("the entries of a list are counted before any is built: messages, strings, packed numbers", () => {
  const fits = HoldBlobsRequest.fromPartial({ names: Array(MAX_LIST_ENTRIES).fill("a") });
  scan(HOLD, HoldBlobsRequest.encode(fits).finish());
  const names = HoldBlobsRequest.fromPartial({ names: Array(MAX_LIST_ENTRIES + 1).fill("a") });
  const tooMany = HoldBlobsRequest.encode(names).finish();
  refused(() => scan(HOLD, tooMany), "PARAMETER_OUT_OF_RANGE", "names");

  const outputs = headerOf(empty(OUTPUTS, 9));
  scan(CREATE, outputs);
  const limits = { "depthmesh.v1.JobSpec.outputs": 8 };
  refused(() => scan(CREATE, outputs, limits), "PARAMETER_OUT_OF_RANGE", "header.spec.outputs");

  const packed = new BinaryWriter().tag(ARTIFACTS, 2).bytes(Buffer.alloc(2_000, 1)).finish();
  const none = empty(ARTIFACTS, 2_000);
  for (const artifacts of [packed, none]) {
    const act = () => scan(CREATE, headerOf(artifacts));
    refused(act, "PARAMETER_OUT_OF_RANGE", "header.spec.artifacts");
  }
});

test("all fields together are counted too", () => {
  const components = empty(1, 1_000);
  const motion = new BinaryWriter().tag(2, 2).bytes(components).finish();
  const writer = new BinaryWriter();
  for (let i = 0; i < 70; i++) writer.tag(MOTIONS, 2).bytes(motion);
  const error = refused(() => scan(CREATE, headerOf(writer.finish())), "PARAMETER_OUT_OF_RANGE");
  assert.equal(error.metadata.limit_maximum, String(MAX_REQUEST_FIELDS));
});

test("an unknown field is refused, with the path of its message and its number", () => {
  const spec = new BinaryWriter().tag(99, 0).int32(1).finish();
  const { metadata } = refused(() => scan(CREATE, headerOf(spec)), "PARAMETER_UNKNOWN");
  assert.deepEqual(metadata, { message: "request.header.spec", field_number: "99" });
  // A known number with the wrong wire type is not the known field.
  refused(() => scan(HOLD, new BinaryWriter().tag(1, 0).int32(1).finish()), "PARAMETER_UNKNOWN");
});

test("bytes that are no message are refused", () => {
  for (const bytes of [
    [0x0a],
    [0x0a, 5, 1],
    [0x80],
    [0x0b],
    [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
  ]) {
    refused(() => scan(HOLD, Uint8Array.from(bytes)), "PARAMETER_UNKNOWN");
  }
});
