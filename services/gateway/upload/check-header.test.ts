/** What is wrong with a header is named at once; which deadlines are valid. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { timeIn } from "../../../kit/rpc/requests.js";
import { CreateJobHeader, type DeepPartial } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { Container } from "../../../proto/gen/depthmesh/v1/spec.js";
import { assertInFuture, checkHeader } from "./check-header.js";

const LIVE = new Map([["encode-1", [{ codec: "h264", name: "libx264", works: true }]]]);

const check = (header: DeepPartial<CreateJobHeader>) =>
  checkHeader(
    {
      config: { maxFrames: 3600 },
      models: {
        namesFor: async (name) => {
          if (name !== "forbidden") return ["auto"];
          const metadata = { field: "model" };
          throw new DepthmeshError("MODEL_LICENCE_FORBIDDEN", "not allowed", { metadata });
        },
      },
      encoders: { live: LIVE as never },
    },
    CreateJobHeader.fromPartial(header),
  );

async function fieldsOf(header: DeepPartial<CreateJobHeader>): Promise<string[]> {
  const error: unknown = await check(header).then(
    () => assert.fail("the header is accepted"),
    (thrown) => thrown,
  );
  assert.ok(error instanceof DepthmeshError, String(error));
  return error.violations.map(({ field, reason }) => `${field} ${reason}`);
}

test("the request id, labels, deadline, enums, fields and model are refused at once", async () => {
  const fields = await fieldsOf({
    requestId: "ü",
    labels: { photo: "two\nlines", "no spaces": "", good: "x", lang: "y".repeat(64) },
    spec: {
      deadline: new Date(Number.NaN),
      quality: 99 as never,
      model: "forbidden",
      clip: { width: 1 },
      outputs: [{}, { codec: 99 as never }],
      artifacts: [1, 99 as never],
    },
  });
  assert.deepEqual(fields, [
    "request_id PARAMETER_OUT_OF_RANGE",
    'labels["photo"] PARAMETER_OUT_OF_RANGE',
    "labels[1] PARAMETER_OUT_OF_RANGE",
    'labels["lang"] PARAMETER_OUT_OF_RANGE',
    "deadline PARAMETER_OUT_OF_RANGE",
    "quality PARAMETER_UNKNOWN",
    "outputs[1].codec PARAMETER_UNKNOWN",
    "artifacts[1] PARAMETER_UNKNOWN",
    "model MODEL_LICENCE_FORBIDDEN",
    "clip.width PARAMETER_OUT_OF_RANGE",
  ]);
});

test("what the workers cannot make is named with the rest", async () => {
  assert.deepEqual(
    await fieldsOf({
      hasSound: true,
      spec: { clip: { width: 1 }, outputs: [{ container: Container.CONTAINER_GIF }] },
    }),
    [
      "clip.width PARAMETER_OUT_OF_RANGE",
      "outputs.codec CODEC_UNAVAILABLE",
      "has_sound PARAMETER_CONFLICT",
    ],
  );
  assert.deepEqual(await fieldsOf({ spec: { deadline: new Date(1) } }), [
    "deadline PARAMETER_OUT_OF_RANGE",
  ]);
  // A request that repeats another may have been made in time.
  const repeated = await check({ requestId: "again", spec: { deadline: new Date(1) } });
  assert.equal(repeated.deadlineAtMs, 1);
});

const NOW_MS = Date.UTC(2026, 0, 31);

test("a deadline is a valid date, or absent", () => {
  assert.equal(timeIn("deadline", undefined), null);
  assert.equal(timeIn("deadline", new Date(NOW_MS)), NOW_MS);
  const refused = { reason: "PARAMETER_OUT_OF_RANGE", metadata: { field: "deadline" } };
  assert.throws(() => timeIn("deadline", new Date(Number.NaN)), refused);
});

test("a deadline must lie in the future", () => {
  assertInFuture(null, NOW_MS);
  assertInFuture(NOW_MS + 1, NOW_MS);
  assert.throws(() => assertInFuture(NOW_MS, NOW_MS), {
    reason: "PARAMETER_OUT_OF_RANGE",
    metadata: {
      field: "deadline",
      actual: "2026-01-31T00:00:00.000Z",
      limit_minimum: "2026-01-31T00:00:00.000Z",
    },
  });
});
