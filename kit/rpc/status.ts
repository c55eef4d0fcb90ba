/**
 * DepthmeshError as a gRPC status, with google.rpc details in `grpc-status-details-bin`, and back.
 */
import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import {
  DepthmeshError,
  ERROR_DOMAIN,
  isReason,
  REASONS,
  toDepthmeshError,
} from "../../core/errors.js";
import type { Any } from "../../proto/gen/google/protobuf/any.js";
import { BadRequest, ErrorInfo, RetryInfo } from "../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../proto/gen/google/rpc/status.js";

const DETAILS_KEY = "grpc-status-details-bin";
const TYPE_PREFIX = "type.googleapis.com/google.rpc.";
const RETRY_DELAY_SECONDS = 2;

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

function pack<T>(name: string, codec: Codec<T>, message: T): Any {
  return { typeUrl: TYPE_PREFIX + name, value: Buffer.from(codec.encode(message).finish()) };
}

/**
 * The google.rpc.Status of an error. Its details are ErrorInfo, BadRequest if the metadata names a
 * field, and RetryInfo if a later call can succeed.
 */
export function toRpcStatus(error: DepthmeshError): Status {
  const { code, retry } = REASONS[error.reason];
  const info = { reason: error.reason, domain: ERROR_DOMAIN, metadata: error.metadata };
  const details = [pack("ErrorInfo", ErrorInfo, info)];
  const field = error.metadata.field;
  if (field !== undefined) {
    const fieldViolations = [
      { field, reason: error.reason, description: error.message, localizedMessage: undefined },
    ];
    details.push(pack("BadRequest", BadRequest, { fieldViolations }));
  }
  if (retry === "after-delay") {
    const retryDelay = { seconds: RETRY_DELAY_SECONDS, nanos: 0 };
    details.push(pack("RetryInfo", RetryInfo, { retryDelay }));
  }
  return { code: status[code], message: error.message, details };
}

/** The status with which grpc-js ends a call, for any thrown value. */
export function toStatusObject(thrown: unknown): StatusObject {
  const rpcStatus = toRpcStatus(toDepthmeshError(thrown));
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(Status.encode(rpcStatus).finish()));
  return { code: rpcStatus.code, details: rpcStatus.message, metadata };
}

/**
 * The error in a google.rpc.Status; undefined if the status has no ErrorInfo with a known reason.
 */
export function fromRpcStatus(rpcStatus: Status): DepthmeshError | undefined {
  const any = rpcStatus.details.find((detail) => detail.typeUrl === `${TYPE_PREFIX}ErrorInfo`);
  if (!any) return undefined;
  const info = ErrorInfo.decode(any.value);
  if (!isReason(info.reason)) return undefined;
  return new DepthmeshError(info.reason, rpcStatus.message, { metadata: info.metadata });
}

/** The error that a client call ended with; SERVICE_UNAVAILABLE if it never reached a server. */
export function fromServiceError(error: ServiceError): DepthmeshError {
  const [raw] = error.metadata?.get(DETAILS_KEY) ?? [];
  const known = Buffer.isBuffer(raw) ? fromRpcStatus(Status.decode(raw)) : undefined;
  if (known) return known;
  const options = { cause: error };
  switch (error.code) {
    case status.CANCELLED:
      return new DepthmeshError("JOB_CANCELLED", "the call was cancelled", options);
    case status.DEADLINE_EXCEEDED:
      return new DepthmeshError("JOB_DEADLINE_EXCEEDED", "the call ran out of time", options);
    case status.UNAVAILABLE:
      return new DepthmeshError("SERVICE_UNAVAILABLE", error.details, options);
    default:
      return new DepthmeshError(
        isBrokenStream(error) ? "SERVICE_UNAVAILABLE" : "INTERNAL",
        error.details,
        options,
      );
  }
}

/**
 * If the server dies during a call, this can appear as an HTTP/2 error instead of a lost
 * connection.
 */
function isBrokenStream({ details }: ServiceError): boolean {
  return details.includes("RST_STREAM");
}
