/** What a call must fulfil before grpc-js sees it. A refused one gets a status with a reason. */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { DepthmeshError } from "../../core/errors.js";
import { measureServed, OTHER_METHOD } from "./measured-calls.js";
import { toStatusObject } from "./status.js";

/** Most bytes of the names and values of a call's metadata; gRPC's own advice is 8 KiB. */
export const MAX_METADATA_BYTES = 64 * 1024;

/**
 * Most calls of one server whose callers have not sent everything: more than uploads may run and
 * wait. Each may keep its window (call-windows.ts) and two messages in memory, so all together
 * 288 MiB.
 */
export const MAX_RECEIVING_CALLS = 384;

/** What the calls of one server are judged by. */
export class Admission {
  readonly paths: ReadonlySet<string>;
  /** Calls whose callers have not sent everything. */
  receiving = 0;

  /** `paths`: full names of all methods, such as `/depthmesh.v1.JobService/GetJob`. */
  constructor(paths: Iterable<string>) {
    this.paths = new Set(paths);
  }
}

/** True if the call may go on; else it has ended with a status. */
export function admitted(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  admission: Admission,
): boolean {
  const error = refusalOf(headers, admission);
  if (error) {
    const path = String(headers[constants.HTTP2_HEADER_PATH] ?? "");
    const method = admission.paths.has(path) ? path : OTHER_METHOD;
    measureServed(method, refuse(stream, error), performance.now());
    return false;
  }
  admission.receiving += 1;
  let isReceiving = true;
  const received = () => {
    if (isReceiving) admission.receiving -= 1;
    isReceiving = false;
  };
  stream.once("end", received);
  stream.once("close", received);
  return true;
}

function refusalOf(
  headers: IncomingHttpHeaders,
  { paths, receiving }: Admission,
): DepthmeshError | undefined {
  const path = String(headers[constants.HTTP2_HEADER_PATH] ?? "");
  const bytes = metadataBytes(headers);
  if (bytes > MAX_METADATA_BYTES) {
    return new DepthmeshError(
      "PARAMETER_OUT_OF_RANGE",
      `the call's metadata has ${bytes} bytes; it may have at most ${MAX_METADATA_BYTES}`,
      { metadata: { actual_bytes: String(bytes), limit_bytes: String(MAX_METADATA_BYTES) } },
    );
  }
  if (!paths.has(path)) {
    return new DepthmeshError("METHOD_UNKNOWN", `this server has no method ${path}`, {
      metadata: { method: path },
    });
  }
  if (receiving < MAX_RECEIVING_CALLS) return undefined;
  return new DepthmeshError(
    "RATE_LIMITED",
    `${receiving} calls have not sent their requests yet; there may be at most ${MAX_RECEIVING_CALLS}`,
    { metadata: { limit_calls: String(MAX_RECEIVING_CALLS) } },
  );
}

function metadataBytes(headers: IncomingHttpHeaders): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const values = Array.isArray(value) ? value : [value ?? ""];
    for (const each of values) bytes += name.length + each.length;
  }
  return bytes;
}

/** Returns the status code. */
function refuse(stream: ServerHttp2Stream, error: DepthmeshError): number {
  stream.on("error", () => {
    // The caller has gone: nobody reads the refusal.
  });
  const { code, details, metadata } = toStatusObject(error);
  stream.respond(
    {
      [constants.HTTP2_HEADER_STATUS]: constants.HTTP_STATUS_OK,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc+proto",
      "grpc-status": code,
      "grpc-message": encodeURI(details),
      ...metadata.toHttp2Headers(),
    },
    { endStream: true },
  );
  // What the caller still sends is dropped.
  stream.resume();
  return code;
}
