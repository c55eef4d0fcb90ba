/** Serves the description of the interface, which is made once. */
import type { FastifyInstance } from "fastify";
import { openApiDocument } from "../openapi/document.js";

export function addOpenApiRoute(app: FastifyInstance): void {
  const text = JSON.stringify(openApiDocument());
  app.get("/openapi.json", (_request, reply) => reply.type("application/json").send(text));
}
