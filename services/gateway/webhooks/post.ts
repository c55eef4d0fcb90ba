/**
 * One POST to addresses that were checked before. It follows no redirect, uses no proxy, and costs
 * the gateway a bounded time and memory, whatever the receiver does.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type CheckedAddress, lookupIn } from "../../../kit/egress/resolve.js";

export interface PostLimits {
  /** Until the connection stands, with TLS. */
  readonly connectMs: number;
  /** Until the answer has been read. */
  readonly totalMs: number;
  /** Bytes of the answer's body that are read; the rest is left. */
  readonly bodyBytes: number;
}

export const POST_LIMITS: PostLimits = {
  connectMs: 5_000,
  totalMs: 15_000,
  bodyBytes: 16 * 1024,
};

export interface Post {
  readonly url: URL;
  /** At least one. */
  readonly addresses: readonly CheckedAddress[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Certificates of authorities in place of those that Node trusts, for tests. */
  readonly authorities?: string;
}

export interface Answer {
  readonly status: number;
  /** The header `retry-after`, as it came. */
  readonly retryAfter: string | undefined;
}

const MAX_HEADER_BYTES = 16 * 1024;

/** Resolves with the answer's status when its body has ended or is too long. Throws Error. */
export function post(
  { url, addresses, headers, body, authorities }: Post,
  { connectMs, totalMs, bodyBytes }: PostLimits,
  signal: AbortSignal,
): Promise<Answer> {
  const isSecure = url.protocol === "https:";
  const options = {
    ...{ method: "POST", headers: { ...headers, "content-length": Buffer.byteLength(body) } },
    // A connection of its own; the agent of a new connection reads no proxy from the environment.
    ...{ agent: false, lookup: lookupIn(addresses), autoSelectFamily: true, signal },
    ...{ maxHeaderSize: MAX_HEADER_BYTES, insecureHTTPParser: false },
    ...(authorities !== undefined && { ca: authorities }),
  };
  return new Promise((resolve, reject) => {
    const request = isSecure ? httpsRequest(url, options) : httpRequest(url, options);
    const end = (phase: string, ms: number) =>
      setTimeout(() => request.destroy(new Error(`${phase} took longer than ${ms} ms`)), ms);
    const connecting = end("the connection", connectMs);
    const total = end("the answer", totalMs);
    request.on("socket", (socket) => {
      socket.once(isSecure ? "secureConnect" : "connect", () => clearTimeout(connecting));
    });
    let answer: Answer | undefined;
    request.on("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      answer = { status, retryAfter: headers["retry-after"] };
      readSome(response, bodyBytes);
      response.on("close", () => request.destroy());
    });
    // Of an answer that is too long, or stops, the status counts.
    request.on("error", (error) => (answer ? resolve(answer) : reject(error)));
    request.on("close", () => {
      clearTimeout(connecting);
      clearTimeout(total);
      if (answer) resolve(answer);
      else reject(new Error("the connection was closed without an answer"));
    });
    request.end(body);
  });
}

function readSome(response: IncomingMessage, bytes: number): void {
  let left = bytes;
  response.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) response.destroy();
  });
  response.on("error", () => {
    // The status has been read.
  });
}
