/** Errors as gRPC statuses, and back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { DepthmeshError, isReason, REASONS, toDepthmeshError } from "../../core/errors.js";
import { ErrorInfo, RetryInfo } from "../../proto/gen/google/rpc/error_details.js";
import { fromServiceError, toRpcStatus, toStatusObject } from "./status.js";

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
    assert.equal(types.includes("RetryInfo"), REASONS[reason].retry === "after-delay", reason);
  }
  const [info, retry] = toRpcStatus(new DepthmeshError("QUEUE_FULL", "full")).details;
  assert.equal(ErrorInfo.decode(info?.value ?? new Uint8Array()).domain, "depthmesh");
  assert.equal(RetryInfo.decode(retry?.value ?? new Uint8Array()).retryDelay?.seconds, 2);
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
