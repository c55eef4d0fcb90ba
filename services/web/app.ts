/** The HTTP application: the routes of the API, the studio's files, and how errors are told. */
import fastifyStatic from "@fastify/static";
import { type FastifyInstance, fastify } from "fastify";
import { packagePath } from "../../kit/process/package-path.js";
import { addByteRoutes } from "./byte-routes.js";
import type { WebConfig } from "./config.js";
import { PROBLEM_TYPE, problemOf } from "./problem.js";
import { addOpenApiRoute } from "./routes/openapi.js";
import { addUnaryRoutes } from "./routes/unary.js";
import type { GatewayClient } from "./upstream/gateway-client.js";

/** Where `npm run setup` builds the studio. */
export const STUDIO_FOLDER = packagePath("dist/studio");

export interface WebParts {
  readonly gateway: GatewayClient;
  readonly config: Pick<WebConfig, "bodyIdleMs">;
}

export async function webApp({ gateway, config }: WebParts): Promise<FastifyInstance> {
  const app = fastify({ routerOptions: { ignoreTrailingSlash: false } });
  app.setErrorHandler(async (error, _request, reply) => {
    const problem = problemOf(error);
    return reply.status(problem.status).type(PROBLEM_TYPE).send(problem);
  });
  addUnaryRoutes(app, gateway);
  addOpenApiRoute(app);
  addByteRoutes(app, { gateway, config });
  await app.register(fastifyStatic, { root: STUDIO_FOLDER });
  return app;
}
