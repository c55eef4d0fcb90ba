/** The HTTP application: the routes of the API, the studio's files, and how errors are told. */
import type { ServerOptions } from "node:https";
import fastifyCookie from "@fastify/cookie";
import { type FastifyInstance, type FastifyReply, fastify } from "fastify";
import { toDepthmeshError } from "../../core/errors.js";
import { addByteRoutes } from "./byte-routes.js";
import { answerBrokenRequest, withReason } from "./framework-errors.js";
import { addSecurityHeaders, SECURITY_HEADERS } from "./guards/security-headers.js";
import { refuseStrangers } from "./guards/strangers.js";
import { addHealthRoutes } from "./health.js";
import { takeJsonBodies } from "./json/json-body.js";
import { addMetricsRoute, measureRequests } from "./metrics.js";
import type { WebParts } from "./parts.js";
import { problemHeaders, problemOf } from "./problem.js";
import { addOpenApiRoute } from "./routes/openapi.js";
import { addUnaryRoutes } from "./routes/unary.js";
import { refuseUnknownPaths } from "./routes/unknown-paths.js";
import { addSessionRoutes } from "./session/session-routes.js";
import { addStudioFiles } from "./studio-files.js";
import { continueTraces } from "./trace-context.js";

/** Node cuts longer header blocks off; each of the API's is far shorter. */
const MAX_HEADERS_BYTES = 16 * 1024;
/** Whoever opens connections and says nothing would keep them. */
const HEADERS_TIMEOUT_MS = 15_000;
/** As of the gateway's ports. */
const MAX_CONNECTIONS = 4_096;
/** A request without a host is refused as every other host is, and not by Node in other words. */
const SERVER_OPTIONS = { maxHeaderSize: MAX_HEADERS_BYTES, requireHostHeader: false } as const;
/** Longest segment of a path: names have less. */
const MAX_SEGMENT = 512;

/** `https` has the certificate of an encrypted port. */
export async function webApp(parts: WebParts, https?: ServerOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: MAX_SEGMENT },
    clientErrorHandler: answerBrokenRequest,
    // These come before all hooks.
    frameworkErrors: (error, request, reply) =>
      void sendProblem(
        (reply as FastifyReply).headers(SECURITY_HEADERS),
        withReason(error, request.headers["content-type"]),
      ),
    http: SERVER_OPTIONS,
    ...(https && { https: { ...https, ...SERVER_OPTIONS } }),
  });
  app.server.headersTimeout = HEADERS_TIMEOUT_MS;
  app.server.maxConnections = MAX_CONNECTIONS;
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = withReason(thrown, request.headers["content-type"]);
    if (toDepthmeshError(error).reason === "INTERNAL") {
      const { method, url: route } = request.routeOptions;
      const err = toDepthmeshError(error).cause ?? error;
      parts.log.error({ err, method, route }, "a request failed");
    }
    return sendProblem(reply, error);
  });
  // Hooks run in this order: refused requests count too, and their answers have all headers.
  measureRequests(app);
  addSecurityHeaders(app);
  parts.requests.follow(app);
  refuseStrangers(app, parts.config);
  refuseUnknownPaths(app);
  app.register(fastifyCookie);
  takeJsonBodies(app);
  continueTraces(app);
  if (parts.config.metrics === "on" && parts.metrics) addMetricsRoute(app, parts.metrics);
  addUnaryRoutes(app, parts);
  addOpenApiRoute(app);
  addSessionRoutes(app, parts);
  addHealthRoutes(app, parts);
  addByteRoutes(app, parts);
  // All hooks are there: waiting for a part fixes those of every route before it.
  await addStudioFiles(app, parts.log);
  return app;
}

function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  return reply.status(problem.status).headers(problemHeaders(error)).send(problem);
}
