/**
 * What the URL of a webhook may look like. The check is stricter than that of a browser, which
 * reads `0x7f.1` as 127.0.0.1 and drops line breaks: what is stored is what will be called.
 */
import { isIP } from "node:net";
import { DepthmeshError } from "../../../core/errors.js";
import type { AddressRanges } from "./address-ranges.js";

export interface AddressRules {
  /** Whether http is allowed besides https. */
  readonly allowHttp: boolean;
  readonly ranges: AddressRanges;
}

export const MAX_URL_LENGTH = 2048;
const SHOWN_LENGTH = 128;
/** Lower ports belong to other protocols, whose servers must not get lines of a caller's choice. */
const LOW_PORTS: readonly number[] = [80, 443];
const FIRST_FREE_PORT = 1024;
/** The scheme, and all that stands before the path. */
const PARTS = /^(https?):\/\/([^/?#]*)/;
const PRINTABLE = /^[!-~]+$/;

/**
 * The URL in `text`. A name is resolved and checked when it is called. Throws
 * WEBHOOK_ADDRESS_FORBIDDEN.
 */
export function checkedUrl(text: string, { allowHttp, ranges }: AddressRules): URL {
  if (text.length > MAX_URL_LENGTH) {
    throw forbidden(`has ${text.length} characters; it may have ${MAX_URL_LENGTH}`, text);
  }
  if (!PRINTABLE.test(text) || text.includes("\\")) {
    throw forbidden("may have printable ASCII characters only: write a name as punycode", text);
  }
  const [, scheme, authority = ""] = PARTS.exec(text) ?? [];
  if (scheme === undefined || !URL.canParse(text)) throw forbidden("is no https URL", text);
  if (scheme === "http" && !allowHttp) {
    throw forbidden("must begin with https://; this mesh does not allow http", text);
  }
  if (authority.includes("@")) throw forbidden("must not have a user or password", text);
  if (text.includes("#")) throw forbidden("must not have a fragment", text);
  const url = new URL(text);
  const host = authority.replace(/:\d*$/, "").toLowerCase();
  if (host !== url.hostname || host.endsWith(".")) {
    const name = url.hostname.slice(0, SHOWN_LENGTH);
    throw forbidden(`must name its host as it is called: ${name}`, text);
  }
  const port = Number(url.port || (scheme === "https" ? 443 : 80));
  if (port < FIRST_FREE_PORT && !LOW_PORTS.includes(port)) {
    throw forbidden(`has port ${port}; allowed are 80, 443 and ${FIRST_FREE_PORT} to 65535`, text);
  }
  const literal = literalOf(url);
  if (literal !== undefined && !ranges.allows(literal)) {
    throw forbidden("names an address that is not public; an operator can allow it", text);
  }
  return url;
}

/** The IP address that a URL names itself, without brackets; undefined if it has a name. */
export function literalOf({ hostname }: URL): string | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(address) === 0 ? undefined : address;
}

function forbidden(why: string, text: string): DepthmeshError {
  return new DepthmeshError("WEBHOOK_ADDRESS_FORBIDDEN", `the webhook's URL ${why}`, {
    metadata: { field: "url", actual: text.slice(0, SHOWN_LENGTH).replace(/[^ -~]/g, "?") },
  });
}
