/**
 * `Expect: 100-continue`: a caller waits with its body until it is asked for it, so that a body
 * that is refused is never sent. Node alone would ask before any route has been chosen.
 */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The handler calls `invite` itself, when it knows that it will read the body. */
    readonly invites?: boolean;
  }
}

const waiting = new WeakSet<IncomingMessage>();

export function expectContinue(app: FastifyInstance): void {
  app.server.on("checkContinue", (request, response) => {
    waiting.add(request);
    app.routing(request, response);
  });
  // After the hooks that refuse callers, before the body is read.
  app.addHook("preParsing", async (request, reply) => {
    if (!request.routeOptions.config.invites) invite(request, reply);
  });
}

/** Asks a caller that waits for its body. */
export function invite({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (waiting.delete(raw)) reply.raw.writeContinue();
}
