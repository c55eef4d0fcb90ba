/** What browsers are told so that the scripts of pages that the operator has named may call. */
import type { FastifyReply, FastifyRequest } from "fastify";

const METHODS = "GET, HEAD, POST, PUT, DELETE";
const REQUEST_HEADERS = [
  ...["authorization", "x-api-key", "content-type", "accept", "range", "if-range"],
  ...["if-none-match", "last-event-id", "repr-digest", "traceparent", "tracestate"],
].join(", ");
const RESPONSE_HEADERS = [
  ...["etag", "content-range", "accept-ranges", "content-disposition", "content-length"],
  ...["location", "retry-after", "www-authenticate", "depthmesh-attempt", "depthmesh-presets"],
  ...["requests-left", "jobs-left", "uploads-left", "upload-bytes-left"].map(quotaHeader),
  ...["pixel-frames-left", "reset-seconds"].map(quotaHeader),
].join(", ");
const REMEMBERED_SECONDS = 600;

function quotaHeader(name: string): string {
  return `x-depthmesh-quota-${name}`;
}

/** A browser asks whether a page may call before it calls. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

/** The page shows a key of its own: the cookie of this server is not for it. */
export function allowPage(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    "access-control-allow-origin": request.headers.origin,
    "access-control-expose-headers": RESPONSE_HEADERS,
    "cross-origin-resource-policy": "cross-origin",
    vary: "Origin",
    ...(isPreflight(request) && {
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": String(REMEMBERED_SECONDS),
    }),
  });
}
