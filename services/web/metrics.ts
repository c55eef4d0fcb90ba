/**
 * What the service measures of its requests, and `/metrics`, where whoever may call can read that.
 * Labels are routes, methods and statuses; they hold no name of a job, an upload or a caller. Open
 * event streams and running uploads are the open requests of their routes.
 */
import type { Server, Socket } from "node:net";
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
} from "@opentelemetry/semantic-conventions";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { MetricName } from "../../kit/telemetry/metric-table.js";
import { measure, offerMetric } from "../../kit/telemetry/metrics.js";
import { OPENMETRICS, PLAIN_TEXT, wantsOpenMetrics } from "../../kit/telemetry/metrics-format.js";
import type { Metrics } from "../../kit/telemetry/start-metrics.js";

/** A caller that has gone gets no status. */
const GONE = 499;

/** The process itself is nobody's business here. */
const isOfRequests = (name: MetricName) =>
  name.startsWith("http.") || name.startsWith("depthmesh.web.");

/** Measures the requests of `app` from its first hook on. */
export function measureRequests(app: FastifyInstance): void {
  const active = new Map<string, { value: number; attributes: Labels }>();
  app.addHook("onRequest", async (request, reply) => {
    const begunAtMs = performance.now();
    const labels = labelsOf(request);
    const key = JSON.stringify(labels);
    const open = active.get(key) ?? { value: 0, attributes: labels };
    active.set(key, open);
    open.value += 1;
    reply.raw.once("close", () => {
      open.value -= 1;
      const status = reply.raw.writableFinished ? reply.statusCode : GONE;
      const seconds = (performance.now() - begunAtMs) / 1000;
      const attributes = { ...labels, [ATTR_HTTP_RESPONSE_STATUS_CODE]: status };
      measure("http.server.request.duration", seconds, attributes);
    });
  });
  const traffic = new Traffic(app.server);
  const stops = [
    offerMetric("http.server.active_requests", () => [...active.values()]),
    offerMetric("depthmesh.web.received", () => [{ value: traffic.bytes("received") }]),
    offerMetric("depthmesh.web.sent", () => [{ value: traffic.bytes("sent") }]),
  ];
  app.addHook("onClose", async () => {
    for (const stop of stops) stop();
  });
}

export function addMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get("/metrics", async (request, reply) => {
    const openMetrics = wantsOpenMetrics(request.headers.accept);
    const text = await metrics.text(openMetrics, isOfRequests);
    return reply.type(openMetrics ? OPENMETRICS : PLAIN_TEXT).send(text);
  });
}

interface Labels {
  readonly [ATTR_HTTP_REQUEST_METHOD]: string;
  readonly [ATTR_HTTP_ROUTE]: string;
}

function labelsOf({ method, routeOptions }: FastifyRequest): Labels {
  const route = routeOptions.url ?? "none";
  return {
    [ATTR_HTTP_REQUEST_METHOD]: method,
    // The names of the studio's files change with every version.
    [ATTR_HTTP_ROUTE]: route.startsWith("/assets/") ? "/assets" : route,
  };
}

type Direction = "received" | "sent";

/** Bytes of the connections of a server. */
class Traffic {
  readonly #open = new Set<Socket>();
  readonly #closed: Record<Direction, number> = { received: 0, sent: 0 };

  constructor(server: Server) {
    // `connection` is also that of an encrypted server, before the handshake.
    server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#closed.received += socket.bytesRead;
        this.#closed.sent += socket.bytesWritten;
      });
    });
  }

  bytes(direction: Direction): number {
    let sum = this.#closed[direction];
    for (const { bytesRead, bytesWritten } of this.#open) {
      sum += direction === "received" ? bytesRead : bytesWritten;
    }
    return sum;
  }
}
