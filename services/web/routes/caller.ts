/** Who calls: the credentials that a request shows are passed on to the gateway. */
import type { FastifyRequest } from "fastify";
import type { Caller } from "../upstream/gateway-client.js";

const BEARER = /^Bearer +(\S+)$/i;

export function callerOf({ headers }: Pick<FastifyRequest, "headers">): Caller {
  return { credential: BEARER.exec(headers.authorization ?? "")?.[1] };
}
