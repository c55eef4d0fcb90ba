/**
 * DepthmeshError as a gRPC status, with google.rpc details in `grpc-status-details-bin`, and back.
 */
import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { retryDelaySeconds } from "../../core/error-advice.js";
import { isReason, REASONS } from "../../core/error-reasons.js";
import { cutText } from "../../core/error-text.js";
import { DepthmeshError, ERROR_DOMAIN, toDepthmeshError } from "../../core/errors.js";
import type { Any } from "../../proto/gen/google/protobuf/any.js";
import {
  BadRequest,
  ErrorInfo,
  QuotaFailure,
  QuotaFailure_Violation,
  RetryInfo,
} from "../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../proto/gen/google/rpc/status.js";
import { increment } from "../telemetry/metrics.js";

export const DETAILS_KEY = "grpc-status-details-bin";
const TYPE_PREFIX = "type.googleapis.com/google.rpc.";

/**
 * Most bytes of the trailers of an error. Clients refuse trailers of more than 8 KiB or so, and
 * then never learn why the call ended.
 */
export const MAX_TRAILER_BYTES = 6 * 1024;
/** Of the trailers besides the message and the details: their names, and the code. */
const OTHER_TRAILER_BYTES = 256;
/** How long texts may be, tried one after another until the trailers fit. */
const TEXT_LIMITS = [
  { messageBytes: 1024, valueBytes: 512, values: 32, violations: 32 },
  { messageBytes: 512, valueBytes: 256, values: 16, violations: 32 },
  { messageBytes: 256, valueBytes: 96, values: 16, violations: 32 },
  { messageBytes: 256, valueBytes: 64, values: 16, violations: 16 },
  { messageBytes: 256, valueBytes: 64, values: 16, violations: 6 },
] as const;
/** Of the path of a field. */
const MAX_FIELD_BYTES = 64;

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

function pack<T>(name: string, codec: Codec<T>, message: T): Any {
  return { typeUrl: TYPE_PREFIX + name, value: Buffer.from(codec.encode(message).finish()) };
}

/**
 * The google.rpc.Status of an error. Its details are ErrorInfo, BadRequest if the metadata names a
 * field, QuotaFailure if the tenant has used its quota, and RetryInfo if a later call can succeed.
 */
export function toRpcStatus(error: DepthmeshError): Status {
  const { code } = REASONS[error.reason];
  const info = { reason: error.reason, domain: ERROR_DOMAIN, metadata: error.metadata };
  const details = [pack("ErrorInfo", ErrorInfo, info)];
  if (error.violations.length > 0) {
    const fieldViolations = error.violations.map((violation) => ({
      ...violation,
      localizedMessage: undefined,
    }));
    details.push(pack("BadRequest", BadRequest, { fieldViolations }));
  }
  if (error.reason === "QUOTA_EXCEEDED") {
    const subject = `tenants/${error.metadata.tenant ?? ""}`;
    const violation = QuotaFailure_Violation.fromPartial({ subject, description: error.message });
    details.push(pack("QuotaFailure", QuotaFailure, { violations: [violation] }));
  }
  const delaySeconds = retrySeconds(error);
  if (delaySeconds !== undefined) {
    details.push(pack("RetryInfo", RetryInfo, { retryDelay: durationOf(delaySeconds) }));
  }
  return { code: status[code], message: error.message, details };
}

/** What the error says itself is exact; otherwise as for its reason, spread at random. */
function retrySeconds({ reason, retryDelayMs }: DepthmeshError): number | undefined {
  if (retryDelayMs !== undefined) return retryDelayMs / 1000;
  const seconds = retryDelaySeconds(reason);
  return seconds === undefined ? undefined : seconds * (1 + Math.random());
}

function durationOf(seconds: number): { seconds: number; nanos: number } {
  const whole = Math.floor(seconds);
  return { seconds: whole, nanos: Math.floor((seconds - whole) * 1e9) };
}

/**
 * The status with which grpc-js ends a call, for any thrown value. Its trailers have at most
 * MAX_TRAILER_BYTES: the more there is, the shorter each text is cut.
 */
export function toStatusObject(thrown: unknown): StatusObject {
  const error = toDepthmeshError(thrown);
  increment("depthmesh.errors", { "error.type": error.reason });
  let fitted = { code: status.INTERNAL, details: "", encoded: Buffer.alloc(0) };
  for (const limits of TEXT_LIMITS) {
    const { code, message, ...rest } = toRpcStatus(shortened(error, limits));
    const encoded = Buffer.from(Status.encode({ code, message, ...rest }).finish());
    fitted = { code, details: message, encoded };
    // grpc-js sends the message percent-encoded, and HTTP/2 the details in base64.
    const bytes = encodeURI(message).length + Math.ceil(encoded.length / 3) * 4;
    if (bytes + OTHER_TRAILER_BYTES <= MAX_TRAILER_BYTES) break;
  }
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, fitted.encoded);
  return { code: fitted.code, details: fitted.details, metadata };
}

function shortened(
  { reason, message, metadata, violations, retryDelayMs }: DepthmeshError,
  { messageBytes, valueBytes, values, ...limits }: (typeof TEXT_LIMITS)[number],
): DepthmeshError {
  const kept = Object.entries(metadata)
    .slice(0, values)
    .map(([key, value]) => [cutText(key, 64), cutText(value, valueBytes)]);
  return new DepthmeshError(reason, cutText(message, messageBytes), {
    metadata: Object.fromEntries(kept),
    violations: violations.slice(0, limits.violations).map((violation) => ({
      field: cutText(violation.field, MAX_FIELD_BYTES),
      description: cutText(violation.description, valueBytes),
      reason: violation.reason,
    })),
    retryDelayMs,
  });
}

/**
 * The error in a google.rpc.Status; undefined if the status has no ErrorInfo with a known reason.
 */
export function fromRpcStatus(rpcStatus: Status): DepthmeshError | undefined {
  const info = unpack(rpcStatus, "ErrorInfo", ErrorInfo);
  if (!info || !isReason(info.reason)) return undefined;
  const delay = unpack(rpcStatus, "RetryInfo", RetryInfo)?.retryDelay;
  return new DepthmeshError(info.reason, rpcStatus.message, {
    metadata: info.metadata,
    violations: unpack(rpcStatus, "BadRequest", BadRequest)?.fieldViolations ?? [],
    retryDelayMs: delay && delay.seconds * 1000 + delay.nanos / 1e6,
  });
}

function unpack<T>({ details }: Status, name: string, codec: Codec<T>): T | undefined {
  const any = details.find(({ typeUrl }) => typeUrl === `${TYPE_PREFIX}${name}`);
  return any && codec.decode(any.value);
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
      return new DepthmeshError("SERVICE_UNAVAILABLE", unreachableText(error), options);
    default:
      return new DepthmeshError(
        isBrokenStream(error) ? "SERVICE_UNAVAILABLE" : "INTERNAL",
        error.details,
        options,
      );
  }
}

/** grpc-js names the last system error inside a sentence about its own parts. */
function unreachableText({ details }: ServiceError): string {
  const last = /No connection established\. Last error: (?:Error: )?(.*?)(?:\. Resolution note:|$)/;
  const found = last.exec(details)?.[1];
  return found === undefined ? details : `the server cannot be reached: ${found}`;
}

/**
 * If the server dies during a call, this can appear as an HTTP/2 error instead of a lost
 * connection.
 */
function isBrokenStream({ details }: ServiceError): boolean {
  return details.includes("RST_STREAM");
}
