/** Answers the routes of one call each. */
import type { DescMethod } from "@bufbuild/protobuf";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { methodOf } from "../json/descriptors.js";
import { decodeToJson } from "../json/proto-json.js";
import type { WebParts } from "../parts.js";
import { callerOf } from "./caller.js";
import { goneSignal } from "./client-gone.js";
import { sendPicture, wantsPicture } from "./picture-answer.js";
import { quotaHeaders } from "./quota-headers.js";
import { unaryMessage } from "./unary-request.js";
import { pathPattern, UNARY_ROUTES, type UnaryRoute } from "./unary-routes.js";

export function addUnaryRoutes(app: FastifyInstance, { gateway }: WebParts): void {
  for (const route of UNARY_ROUTES) {
    const method = methodOf(route.method);
    app.route({
      method: route.verb,
      url: route.path.replaceAll(pathPattern, ":$1"),
      handler: async (request, reply) => {
        const message = unaryMessage(route, method.input, request);
        const caller = {
          ...callerOf(request),
          signal: goneSignal(reply),
          onTrailers: quotaHeaders(reply),
          ...(route.timeoutMs !== undefined && { timeoutMs: route.timeoutMs }),
        };
        const bytes = await gateway.unary(method, message, caller);
        return answer(route, method, bytes, { request, reply });
      },
    });
  }
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function answer(
  { picture }: UnaryRoute,
  { output }: DescMethod,
  bytes: Uint8Array,
  { request, reply }: Exchange,
): unknown {
  const json = decodeToJson(output, bytes);
  if (picture === undefined) return json;
  reply.header("vary", "Accept");
  return wantsPicture(request.headers.accept) ? sendPicture(reply, json, picture) : json;
}
