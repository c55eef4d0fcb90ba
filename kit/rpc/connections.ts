/**
 * The HTTP/2 connections of a gRPC server: their windows, how a peer that is gone is noticed, and
 * what is refused before grpc-js sees it. grpc-js has no public way to its http2 server; a test
 * fails if an update takes this one away.
 */
import { constants, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import { type Admission, admitted } from "./admission.js";
import { CallWindows } from "./call-windows.js";
import { RefusedConnections } from "./refused-connections.js";

/**
 * What a caller may send ahead in all calls of a connection together. Node takes bytes from the
 * connection at once and keeps them for their call, so this limits the speed and not the memory.
 */
const CONNECTION_WINDOW_BYTES = 8 * 1024 * 1024;
/** More connections are closed at once. */
const MAX_CONNECTIONS = 4_096;
const MAX_CALLS_PER_CONNECTION = 1_024;
export interface ConnectionTimes {
  /**
   * Until the client's preface and settings, which are in its first packet; before that, as long
   * again for the handshake of an encrypted connection.
   */
  readonly prefaceMs: number;
  readonly pingEveryMs: number;
  readonly pingAnswerMs: number;
}

export const CONNECTION_TIMES: ConnectionTimes = {
  prefaceMs: 10_000,
  pingEveryMs: 10_000,
  pingAnswerMs: 5_000,
};
/**
 * Metadata up to this size reaches `admitted`, which refuses what is above its limit with a reason;
 * what is larger still ends the call without one. A single value above 64 KiB ends the connection:
 * nghttp2 allows no larger one, and Node has no setting for it.
 */
const MAX_HEADER_BYTES = 128 * 1024;

/** The name of the private map of http2 servers in grpc-js's Server. */
const HTTP2_SERVERS = "http2Servers";

/** Call it when the server is bound and before it has connections. */
export function guardConnections(
  server: Server,
  admission: Admission,
  times: Partial<ConnectionTimes> = {},
): void {
  const http2Servers: unknown = Reflect.get(server, HTTP2_SERVERS);
  if (!(http2Servers instanceof Map) || http2Servers.size === 0) {
    throw new Error("this version of @grpc/grpc-js hides its http2 server");
  }
  for (const http2Server of http2Servers.keys() as Iterable<Http2Server>) {
    http2Server.maxConnections = MAX_CONNECTIONS;
    const windows = new CallWindows(http2Server, {
      maxConcurrentStreams: MAX_CALLS_PER_CONNECTION,
      maxHeaderListSize: MAX_HEADER_BYTES,
    });
    http2Server.on("session", (session) => {
      guardSession(session, { ...CONNECTION_TIMES, ...times });
      windows.add(session);
    });
    const fit = () => windows.fit(() => admission.receiving);
    const handlers = http2Server.listeners("stream");
    http2Server.removeAllListeners("stream");
    const refused = new RefusedConnections();
    http2Server.on("stream", (stream, headers, ...rest) => {
      refused.pass(stream, () => {
        if (!admitted(stream, headers, admission)) return;
        fit();
        stream.once("end", fit);
        stream.once("close", fit);
        for (const handle of handlers) handle.call(http2Server, stream, headers, ...rest);
      });
    });
  }
}

function guardSession(session: ServerHttp2Session, times: ConnectionTimes): void {
  session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  const silent = setTimeout(() => session.destroy(), times.prefaceMs);
  session.once("remoteSettings", () => clearTimeout(silent));
  const stopPinging = keepAlive(session, times);
  session.once("close", () => {
    clearTimeout(silent);
    stopPinging();
  });
}

/**
 * Destroys the connection when the peer leaves a ping unanswered. grpc-js's own keepalive takes a
 * connection that closes in order, where Node sends no pings any more, for a dead one, and cuts its
 * running calls. There the drain time is the limit.
 */
function keepAlive(
  session: ServerHttp2Session,
  { pingEveryMs, pingAnswerMs }: ConnectionTimes,
): () => void {
  let unanswered: NodeJS.Timeout | undefined;
  const ping = () => {
    if (session.closed || session.destroyed || unanswered) return;
    unanswered = setTimeout(() => {
      if (!session.closed) session.destroy(undefined, constants.NGHTTP2_CANCEL);
    }, pingAnswerMs);
    unanswered.unref();
    session.ping(() => {
      clearTimeout(unanswered);
      unanswered = undefined;
    });
  };
  const timer = setInterval(ping, pingEveryMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    clearTimeout(unanswered);
  };
}
