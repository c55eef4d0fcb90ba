/** The port that Prometheus reads: `GET /metrics`, and nothing else. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { formatHostPort } from "../network/host-port.js";
import { OPENMETRICS, PLAIN_TEXT, wantsOpenMetrics } from "./metrics-format.js";

const PATH = "/metrics";
/** Readers are a few Prometheus servers; whoever says nothing must not keep the port busy. */
const MAX_CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 5_000;

/** The metrics as text, in the newer format if that is asked for. */
export type MetricsTextOf = (openMetrics: boolean) => Promise<string>;

export interface MetricsPort {
  /** host:port that it listens on. */
  readonly address: string;
  close(): void;
}

/** Throws in words of ours where the port cannot be opened. */
export async function openMetricsPort(
  host: string,
  port: number,
  textOf: MetricsTextOf,
): Promise<MetricsPort> {
  const server = createServer((request, response) => void answer(request, response, textOf));
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = HEADERS_TIMEOUT_MS;
  // The metrics of a process are no reason for it to live.
  server.unref();
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, host, port);
  }
  // A connection that could not be taken, for lack of file handles, say, is asked for again.
  server.on("error", () => {});
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    address: formatHostPort(address, bound),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  textOf: MetricsTextOf,
): Promise<void> {
  const [path] = (url ?? "").split("?", 1);
  if (path !== PATH) return end(response, 404, `there is ${PATH} only\n`);
  if (method !== "GET" && method !== "HEAD") return end(response, 405, "use GET\n");
  const openMetrics = wantsOpenMetrics(headers.accept);
  try {
    const text = await textOf(openMetrics);
    end(response, 200, method === "HEAD" ? "" : text, openMetrics ? OPENMETRICS : PLAIN_TEXT);
  } catch {
    end(response, 503, "the metrics cannot be read now\n");
  }
}

function end(response: ServerResponse, status: number, text: string, type = "text/plain"): void {
  response.writeHead(status, { "content-type": type, "x-content-type-options": "nosniff" });
  response.end(text);
}

function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    const words = `port ${port} of ${host} is in use by another process; choose another port (DEPTHMESH_METRICS_PORT)`;
    return new Error(words, { cause: error });
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    const words = `DEPTHMESH_METRICS_HOST is "${host}", which is no address of this machine`;
    return new Error(words, { cause: error });
  }
  return error;
}
