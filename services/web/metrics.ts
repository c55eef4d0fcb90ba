/**
 * `/metrics`: what the service does, in the text format of Prometheus. Labels are routes, methods
 * and statuses; they hold no name of a job, an upload or a caller. Open event streams and running
 * uploads are the open requests of their routes.
 */
import type { Server, Socket } from "node:net";
import { type Attributes, ValueType } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
} from "@opentelemetry/semantic-conventions";
import type { FastifyInstance, FastifyRequest } from "fastify";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
/** Seconds: from an answer of the cache to a video that is watched while it is made. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
/** A caller that has gone gets no status. */
const GONE = 499;

/** Counts the requests of `app` from its first hook on. The returned function adds the route. */
export function countRequests(app: FastifyInstance): () => void {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const meter = provider.getMeter("depthmesh");
  const duration = meter.createHistogram("http.server.request.duration_seconds", {
    description: "Time from a request's headers to the end of its answer",
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  const active = meter.createUpDownCounter("http.server.active_requests", {
    description: "Requests whose answer has not ended",
    valueType: ValueType.INT,
  });
  app.addHook("onRequest", async (request, reply) => {
    const begunAtMs = performance.now();
    const labels = labelsOf(request);
    active.add(1, labels);
    reply.raw.once("close", () => {
      active.add(-1, labels);
      const status = reply.raw.writableFinished ? reply.statusCode : GONE;
      const seconds = (performance.now() - begunAtMs) / 1000;
      duration.record(seconds, { ...labels, [ATTR_HTTP_RESPONSE_STATUS_CODE]: status });
    });
  });
  const traffic = new Traffic(app.server);
  for (const direction of ["received", "sent"] as const) {
    meter
      .createObservableCounter(`depthmesh.web.${direction}_bytes`, {
        description: `Bytes ${direction} over all connections, headers included`,
        valueType: ValueType.INT,
      })
      .addCallback((result) => result.observe(traffic.bytes(direction)));
  }
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  app.addHook("onClose", () => provider.shutdown());
  return () => {
    app.get("/metrics", async (_request, reply) => {
      const { resourceMetrics } = await exporter.collect();
      return reply.type(CONTENT_TYPE).send(serializer.serialize(resourceMetrics));
    });
  };
}

function labelsOf({ method, routeOptions }: FastifyRequest): Attributes {
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
