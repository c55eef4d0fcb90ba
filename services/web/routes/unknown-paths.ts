/** What a request gets whose path, or whose method of a path, this server does not have. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { refusal } from "../refusal.js";

/**
 * Call it before any route is added. Throws 404, or 405 with the methods that the path has, before
 * the body is judged: what a body should be depends on where it goes.
 */
export function refuseUnknownPaths(app: FastifyInstance): void {
  const methods = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });
  const refuse = async (request: FastifyRequest, reply: FastifyReply) => {
    const path = pathOf(request);
    const own = methods.get(path);
    const patterns = [...methods].filter(([pattern]) => isPathOf(pattern, path));
    const allowed = own ? [...own] : patterns.flatMap(([, known]) => [...known]);
    if (allowed.length === 0) {
      throw refusal(404, "METHOD_UNKNOWN", `there is nothing at ${path}`);
    }
    const list = [...new Set(allowed)].sort().join(", ");
    reply.header("allow", list);
    throw refusal(405, "METHOD_UNKNOWN", `${path} takes ${list}, and not ${request.method}`);
  };
  app.setNotFoundHandler(refuse);
  app.addHook("onRequest", async (request, reply) => {
    const path = pathOf(request);
    // `batch` in `/v1/jobs/batch` is no job, whatever the method.
    const isTakenForOther = methods.has(path) && request.routeOptions.url !== path;
    if (request.is404 || request.url === "*" || isTakenForOther) await refuse(request, reply);
  });
}

function pathOf({ url }: FastifyRequest): string {
  return url.replace(/[?#].*$/s, "");
}

/** Whether a path is one of a pattern such as `/v1/jobs/:job`. */
function isPathOf(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === given[index] || (part[0] === ":" && given[index] !== ""))
  );
}
