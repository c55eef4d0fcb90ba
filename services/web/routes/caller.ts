/** Who calls: the credentials that a request shows are passed on to the gateway. */
import type { IncomingHttpHeaders } from "node:http";
import type { FastifyRequest } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";
import { isNavigation, isSafe, pageOriginOf } from "../guards/page-origin.js";
import { type CookieRequest, keyInCookies } from "../session/session-cookie.js";
import type { Caller } from "../upstream/gateway-client.js";

const BEARER = /^Bearer +([!-~]+)$/i;
const PRINTABLE = /^[!-~]+$/;
type CallingRequest = CookieRequest & Pick<FastifyRequest, "method">;

const NONE: ReadonlySet<string> = new Set();

/**
 * The caller of a request: what its headers show, else the key in the cookie of the studio. Throws
 * CREDENTIALS_INVALID for credentials of another form, and for several at once.
 */
export function callerOf(request: CallingRequest): Caller {
  return { credential: shownIn(request.headers) ?? sessionKeyIn(request) };
}

/** What a program shows; undefined for nothing. */
function shownIn({ authorization, "x-api-key": apiKey }: IncomingHttpHeaders): string | undefined {
  if (authorization === undefined && apiKey === undefined) return undefined;
  const bearer = BEARER.exec(authorization ?? "")?.[1];
  const key = PRINTABLE.exec(String(apiKey ?? ""))?.[0];
  const shown = authorization === undefined ? key : bearer;
  if (shown !== undefined && (authorization === undefined || apiKey === undefined)) return shown;
  throw new DepthmeshError(
    "CREDENTIALS_INVALID",
    "the request must show one credential: `authorization: Bearer KEY`, or `x-api-key: KEY`",
  );
}

/**
 * The cookie is for the studio's own requests, and for links that a person follows: a browser adds
 * it to requests of other pages of this host too, whatever their port. What changes something must
 * be known to come from the studio.
 */
function sessionKeyIn(request: CallingRequest): string | undefined {
  const { headers, method } = request;
  if (headers.cookie === undefined) return undefined;
  const page = pageOriginOf(headers, NONE);
  const isOwn = page === "same" || (page === "none" && isSafe(method)) || mayVisit(headers, method);
  return isOwn ? keyInCookies(request) : undefined;
}

function mayVisit(headers: IncomingHttpHeaders, method: string): boolean {
  return isSafe(method) && isNavigation(headers);
}
