/** Answers the routes of one call each. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { methodOf } from "../json/descriptors.js";
import { decodeToJson, encodeJson } from "../json/proto-json.js";
import type { WebParts } from "../parts.js";
import { callerOf } from "./caller.js";
import { UNARY_ROUTES, type UnaryRoute } from "./unary-routes.js";

export function addUnaryRoutes(app: FastifyInstance, { gateway }: WebParts): void {
  for (const route of UNARY_ROUTES) {
    const method = methodOf(route.method);
    app.route({
      method: route.verb,
      url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      handler: async (request) => {
        const message = encodeJson(method.input, requestJson(route, request));
        return decodeToJson(method.output, await gateway.unary(method, message, callerOf(request)));
      },
    });
  }
}

type Params = Readonly<Record<string, string>>;

function requestJson({ verb, fields = {} }: UnaryRoute, request: FastifyRequest): unknown {
  const given = verb === "GET" ? request.query : request.body;
  const params = request.params as Params;
  const fromPath = Object.entries(fields).map(([field, template]) => [
    field,
    template.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? ""),
  ]);
  return { ...(given as object | undefined), ...Object.fromEntries(fromPath) };
}
