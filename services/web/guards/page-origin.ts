/**
 * Which page a request comes from. A browser sends requests for any page, with the cookie of this
 * server where it thinks that it may: pages of the same site include every other port of this host.
 */
import type { IncomingHttpHeaders } from "node:http";

/** `other` is a page of another origin; `none` is no page, or a browser that does not say. */
export type PageOrigin = "same" | "named" | "other" | "none";

/** `named` are the origins that the operator allows, in lower case. */
export function pageOriginOf(headers: IncomingHttpHeaders, named: ReadonlySet<string>): PageOrigin {
  const { origin, host = "", "sec-fetch-site": site } = headers;
  if (origin !== undefined) {
    if (named.has(origin.toLowerCase())) return "named";
    if (hostOf(origin) !== host.toLowerCase()) return "other";
    // Also of the same scheme, where the browser says so: without encryption, whoever is on the way
    // could have made a page of this host.
    return site === undefined || site === "same-origin" ? "same" : "other";
  }
  switch (site) {
    case "same-origin":
      return "same";
    // The address line and bookmarks: no page has asked.
    case "none":
    case undefined:
      return "none";
    default:
      return "other";
  }
}

/**
 * The host and port of an origin. Its scheme is not that of this server where a proxy in front
 * speaks TLS.
 */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

/** Whether somebody follows a link, and no script reads the answer. */
export function isNavigation({ "sec-fetch-mode": mode }: IncomingHttpHeaders): boolean {
  return mode === "navigate";
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a method changes nothing. */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
}
