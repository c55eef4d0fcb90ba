/** The durations of gRPC calls, of a server and of the clients of other processes. */
import { InterceptingCall, type Interceptor, status } from "@grpc/grpc-js";
import { isMeasuring, measure } from "../telemetry/metrics.js";

/** What a caller asks for that no server has: one value, however many names are tried. */
export const OTHER_METHOD = "_OTHER";

/** Records a call of this server; `path` is that of a method that it has, or OTHER_METHOD. */
export function measureServed(path: string, code: number, begunAtMs: number): void {
  if (!isMeasuring()) return;
  const seconds = (performance.now() - begunAtMs) / 1000;
  measure("rpc.server.call.duration", seconds, attributesOf(path, code));
}

/** Records the calls of a client. The paths are those of the code: nobody outside chooses them. */
export const measureMade: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start: (metadata, _listener, next) => {
      const begunAtMs = performance.now();
      next(metadata, {
        onReceiveStatus: (received, forward) => {
          const seconds = (performance.now() - begunAtMs) / 1000;
          const attributes = attributesOf(options.method_definition.path, received.code);
          measure("rpc.client.call.duration", seconds, attributes);
          forward(received);
        },
      });
    },
  });

/** None where nobody reads the metrics: an interceptor costs a little with each message. */
export const clientMeasures = (): Interceptor[] => (isMeasuring() ? [measureMade] : []);

const attributesOf = (path: string, code: number) =>
  ({
    "rpc.system.name": "grpc",
    "rpc.method": path.replace(/^\//, ""),
    "rpc.status_code": status[code] ?? "UNKNOWN",
  }) as const;
