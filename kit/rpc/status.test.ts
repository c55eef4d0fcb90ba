/** Errors as gRPC statuses, and back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { retryDelaySeconds } from "../../core/error-advice.js";
import { isReason, REASONS } from "../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { ErrorInfo, RetryInfo } from "../../proto/gen/google/rpc/error_details.js";
import {
  DETAILS_KEY,
  fromServiceError,
  MAX_TRAILER_BYTES,
  toRpcStatus,
  toStatusObject,
} from "./status.js";

test("every reason crosses the wire with its code, message, metadata and advice", () => {
  for (const reason of Object.keys(REASONS)) {
    assert.ok(isReason(reason));
    const error = new DepthmeshError(reason, `because ${reason}`, { metadata: { limit_x: "3" } });
    const object = toStatusObject(error);
    assert.equal(object.code, status[REASONS[reason].code]);
    const back = fromServiceError({ ...object, name: "", message: "" } as unknown as ServiceError);
    assert.deepEqual(
      { reason: back.reason, message: back.message, metadata: back.metadata },
      { reason, message: `because ${reason}`, metadata: { limit_x: "3" } },
    );
    const types = toRpcStatus(error).details.map((any) => any.typeUrl.replace(/.*\./, ""));
    const delaySeconds = retryDelaySeconds(reason);
    assert.equal(types.includes("RetryInfo"), delaySeconds !== undefined, reason);
    if (REASONS[reason].retry === "after-delay") assert.ok(delaySeconds, reason);
  }
  const [info, retry] = toRpcStatus(new DepthmeshError("QUEUE_FULL", "full")).details;
  assert.equal(ErrorInfo.decode(info?.value ?? new Uint8Array()).domain, "depthmesh");
  const delay = RetryInfo.decode(retry?.value ?? new Uint8Array()).retryDelay;
  assert.ok(delay && delay.seconds >= 5 && delay.seconds < 10);
});

test("a server that cannot be reached is told without the parts of gRPC", () => {
  const details =
    "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ";
  const metadata = new Metadata();
  const error = { code: status.UNAVAILABLE, details, metadata, name: "", message: "" };
  assert.equal(
    fromServiceError(error as ServiceError).message,
    "the server cannot be reached: connect ECONNREFUSED 127.0.0.1:1",
  );
});

test("the trailers of any error fit into 6 KiB, and say that texts were cut", () => {
  const texts = ["x", "é", "漢", "😀", " ", "\0", "\ud800"].map((text) => text.repeat(60_000));
  for (const text of texts) {
    const metadata = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`fact_${i}`, text] as const),
    );
    const error = new DepthmeshError("IMAGE_CORRUPT", text, {
      metadata: { field: text, ...metadata },
    });
    const object = toStatusObject(error);
    assert.ok(object.details.endsWith("…"));
    const [details] = object.metadata.get(DETAILS_KEY) as Buffer[];
    const bytes = encodeURI(object.details).length + (details?.toString("base64").length ?? 0);
    assert.ok(bytes < MAX_TRAILER_BYTES, `${bytes} bytes of trailers`);
    const back = fromServiceError({ ...object, name: "", message: "" } as unknown as ServiceError);
    assert.equal(back.reason, "IMAGE_CORRUPT");
    assert.ok(back.metadata.fact_0?.endsWith("…"));
  }
});

test("a write that fails for lack of space becomes STORAGE_FULL", () => {
  for (const code of ["ENOSPC", "EDQUOT"]) {
    const error = toDepthmeshError(Object.assign(new Error("write"), { code }));
    assert.equal(error.reason, "STORAGE_FULL");
    assert.ok(error.retryable);
  }
});

test("the text of an unknown error is not shown to the public", () => {
  const error = toDepthmeshError(new Error("password=hunter2"));
  assert.equal(error.reason, "INTERNAL");
  assert.ok(!JSON.stringify(toStatusObject(error)).includes("hunter2"));
  const unreachable = { code: 14, details: "no connection", metadata: new Metadata() };
  assert.equal(fromServiceError(unreachable as ServiceError).reason, "SERVICE_UNAVAILABLE");
});

test("all fields at fault and an exact delay reach the caller", () => {
  const violations = [
    { field: "clip.width", description: "clip.width is 1", reason: "PARAMETER_OUT_OF_RANGE" },
    { field: "camera.preset", description: "no such preset", reason: "PRESET_UNKNOWN" },
  ];
  const sent = new DepthmeshError("QUOTA_EXCEEDED", "used up", {
    violations,
    retryDelayMs: 61_500,
  });
  const object = toStatusObject(sent);
  const back = fromServiceError({ ...object, name: "", message: "" } as unknown as ServiceError);
  assert.deepEqual(
    back.violations.map(({ field, description, reason }) => ({ field, description, reason })),
    violations,
  );
  assert.equal(back.retryDelayMs, 61_500);
  const one = new DepthmeshError("PARAMETER_OUT_OF_RANGE", "too large", {
    metadata: { field: "clip.width" },
  });
  assert.deepEqual(one.violations, [
    { field: "clip.width", description: "too large", reason: "PARAMETER_OUT_OF_RANGE" },
  ]);
});

test("the trailers of an error with many fields fit into 6 KiB", () => {
  for (const text of ["x", "漢", "\0"].map((each) => each.repeat(60_000))) {
    const violations = Array.from({ length: 32 }, (_, i) => ({
      ...{ field: `motions[${i}].${text}`, description: text, reason: "PARAMETER_OUT_OF_RANGE" },
    }));
    const facts = Object.fromEntries(violations.map(({ field }) => [field, text]));
    for (const metadata of [{ field: text }, { field: text, ...facts }]) {
      const error = new DepthmeshError("PARAMETER_OUT_OF_RANGE", text, { metadata, violations });
      const object = toStatusObject(error);
      const [details] = object.metadata.get(DETAILS_KEY) as Buffer[];
      const bytes = encodeURI(object.details).length + (details?.toString("base64").length ?? 0);
      assert.ok(bytes < MAX_TRAILER_BYTES, `${bytes} bytes of trailers`);
      const back = fromServiceError({
        ...object,
        name: "",
        message: "",
      } as unknown as ServiceError);
      assert.ok(back.violations.length >= 6);
    }
  }
  const short = Array.from({ length: 32 }, (_, i) => ({
    field: `motions[1].keyframes[${i}].value`,
    description: `motions[1].keyframes[${i}].value is 9; it must be -1 to 1`,
    reason: "PARAMETER_OUT_OF_RANGE",
  }));
  const object = toStatusObject(
    new DepthmeshError("PARAMETER_OUT_OF_RANGE", "32 fields", { violations: short }),
  );
  const whole = fromServiceError({ ...object, name: "", message: "" } as unknown as ServiceError);
  assert.equal(whole.violations.length, 32);
});
