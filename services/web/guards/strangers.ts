/**
 * Refuses what pages of other sites send, so that they reach neither a mesh that asks nobody who
 * calls nor the session of somebody who has the studio open.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";
import type { WebConfig } from "../config.js";
import { refusal } from "../refusal.js";
import { allowPage, isPreflight } from "./cross-origin.js";
import { knownHosts, listIn } from "./known-hosts.js";
import { isNavigation, isSafe, pageOriginOf } from "./page-origin.js";

export type StrangerConfig = Pick<WebConfig, "host" | "hosts" | "origins">;

const NO_CONTENT = 204;
/** Misdirected Request. */
const MISDIRECTED = 421;

/** Throws ORIGIN_FORBIDDEN from the hook of each request of a stranger. */
export function refuseStrangers(app: FastifyInstance, config: StrangerConfig): void {
  const isKnown = knownHosts([...listIn(config.hosts), config.host]);
  const named = new Set(listIn(config.origins).map((origin) => originIn(origin)));
  app.addHook("onRequest", async (request, reply) => {
    const { host = "" } = request.headers;
    if (!isKnown(host)) throw unknownHost(host);
    const page = pageOriginOf(request.headers, named);
    if (page === "named") allowPage(request, reply);
    if (page === "named" && isPreflight(request)) return reply.status(NO_CONTENT).send();
    if (page === "other" && !mayVisit(request)) throw otherPage(request, reply);
  });
}

/** Links from anywhere lead to the studio and to files; no page reads what they show. */
function mayVisit({ method, headers }: FastifyRequest): boolean {
  return isSafe(method) && isNavigation(headers);
}

/** Throws where a setting names what is no origin: it would allow nobody. */
function originIn(setting: string): string {
  const url = URL.canParse(setting) ? new URL(setting) : undefined;
  if (url && url.origin === setting.toLowerCase()) return url.origin;
  throw new Error(
    `DEPTHMESH_WEB_ORIGINS has "${setting}", which is no origin; one is a scheme, a host and a port if it is not the usual one, without a path: https://app.example.org`,
  );
}

function unknownHost(host: string): DepthmeshError {
  return refusal(
    MISDIRECTED,
    "ORIGIN_FORBIDDEN",
    `this server is not known as ${host === "" ? "no host" : host}; the operator can name it in DEPTHMESH_WEB_HOSTS`,
    { metadata: { host } },
  );
}

function otherPage({ headers }: FastifyRequest, reply: FastifyReply): DepthmeshError {
  reply.header("vary", "Origin");
  const { origin = headers["sec-fetch-site"] ?? "" } = headers;
  return new DepthmeshError(
    "ORIGIN_FORBIDDEN",
    `a page of another site (${origin}) may not call this server; the operator can name its origin in DEPTHMESH_WEB_ORIGINS`,
    { metadata: { origin: String(origin) } },
  );
}
