/** Statuses that grpc-js and its health service make by themselves: they get a reason of ours. */
import { type ServerInterceptingCall, status } from "@grpc/grpc-js";
import { DepthmeshError, rangeError } from "../../core/errors.js";
import { MAX_REQUEST_BYTES } from "./message-scan.js";
import { DETAILS_KEY, toStatusObject } from "./status.js";

type MadeStatus = Parameters<ServerInterceptingCall["sendStatus"]>[0];

/**
 * The same status, with the reason that it lacks if grpc-js or the health service has made it, and
 * not a handler.
 */
export function withReason(made: MadeStatus): MadeStatus {
  if (made.code === status.OK || made.metadata?.get(DETAILS_KEY).length) return made;
  return toStatusObject(reasonOf(made));
}

/** grpc-js states the limit and the actual size in words only. */
const TOO_LARGE = /larger than/;

function reasonOf({ code, details }: MadeStatus): DepthmeshError {
  const words = details ?? "";
  switch (code) {
    case status.DEADLINE_EXCEEDED:
      return new DepthmeshError("JOB_DEADLINE_EXCEEDED", "the call ran out of time");
    case status.CANCELLED:
      return new DepthmeshError("JOB_CANCELLED", "the call was cancelled");
    case status.RESOURCE_EXHAUSTED:
      if (TOO_LARGE.test(words)) return messageTooLarge(words);
      return new DepthmeshError("RATE_LIMITED", words);
    case status.NOT_FOUND:
      // Of Health.Check, whose clients expect this code.
      return new DepthmeshError("SERVICE_UNKNOWN", words || "there is no such service");
    case status.UNIMPLEMENTED:
    case status.INTERNAL:
      // A compression that grpc-js does not know, a broken frame, a second request of a call that
      // takes one.
      return new DepthmeshError("PARAMETER_UNKNOWN", `the call cannot be read: ${words}`);
    default:
      return new DepthmeshError("INTERNAL", "internal error", { cause: new Error(words) });
  }
}

/** The actual size is missing where a message would grow too large when it is decompressed. */
function messageTooLarge(words: string): DepthmeshError {
  const [first, second] = words.match(/\d+/g) ?? [];
  const actual = second === undefined ? "more" : (first ?? "");
  const message = `a message of the call has ${actual} bytes; it may have at most ${MAX_REQUEST_BYTES}`;
  return rangeError("request", actual, { maximum: MAX_REQUEST_BYTES }, message);
}
