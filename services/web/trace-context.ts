/** A request that has a trace context is a part of that trace, and so is a job that it makes. */
import type { FastifyInstance } from "fastify";
import { contextOfRequest, inContext } from "../../kit/telemetry/tracing.js";

export function continueTraces(app: FastifyInstance): void {
  // The last hook: reading a body leaves the context in which its request came.
  app.addHook("preHandler", (request, _reply, done) => {
    inContext(contextOfRequest(request.headers), done);
  });
}
