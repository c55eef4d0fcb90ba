/** Errors that Fastify and Node's HTTP parser make by themselves, in words and reasons of ours. */
import type { Socket } from "node:net";
import { DepthmeshError } from "../../core/errors.js";
import { tooLarge, wrongContentType } from "./json/json-body.js";
import { problemHeaders, problemOf } from "./problem.js";
import { refusal } from "./refusal.js";

interface FrameworkError {
  readonly code: string;
  readonly statusCode: number;
  readonly message: string;
}

function isFrameworkError(thrown: unknown): thrown is FrameworkError {
  return (
    thrown instanceof Error &&
    "code" in thrown &&
    "statusCode" in thrown &&
    typeof thrown.statusCode === "number" &&
    String(thrown.code).startsWith("FST_")
  );
}

/** The same error, with a reason if the framework has made it. */
export function withReason(thrown: unknown, contentType: string | undefined): unknown {
  if (!isFrameworkError(thrown) || thrown.statusCode >= 500) return thrown;
  if (thrown.statusCode === 415) return wrongContentType(contentType, "application/json");
  if (thrown.statusCode === 413) return tooLarge();
  return refusal(thrown.statusCode, "PARAMETER_UNKNOWN", thrown.message, { cause: thrown });
}

/** Answers what is no HTTP, and closes the connection. */
export function answerBrokenRequest(error: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const refused = refusalOf(error.code);
  const problem = problemOf(refused);
  const body = JSON.stringify(problem);
  const headers = { ...problemHeaders(refused), "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nconnection: close\r\n${lines.join("")}\r\n${body}`,
  );
}

function refusalOf(code: string | undefined): DepthmeshError {
  if (code === "HPE_HEADER_OVERFLOW") {
    return refusal(431, "PARAMETER_OUT_OF_RANGE", "the request's headers have more than 16 KiB");
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return refusal(408, "UPLOAD_EXPIRED", "the request's headers did not arrive in time");
  }
  return new DepthmeshError("PARAMETER_UNKNOWN", "the request is no HTTP that can be read");
}
