/**
 * What a URL that a caller names may look like. The check is stricter than that of a browser, which
 * reads `0x7f.1` as 127.0.0.1 and drops line breaks: what is stored is what will be called.
 */
import { isIP } from "node:net";
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError } from "../../core/errors.js";
import type { AddressRanges } from "./address-ranges.js";

/** How the refusal of an address is told. */
export interface AddressRefusal {
  readonly reason: Reason;
  /** What the caller named, such as "the webhook's URL". */
  readonly what: string;
  /** The field of the request. */
  readonly field: string;
}

export interface AddressRules {
  readonly refusal: AddressRefusal;
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
 * The URL in `text`. A name is resolved and checked when it is called. Throws the
 * reason of the refusal.
 */
export function checkedUrl(text: string, rules: AddressRules): URL {
  const { allowHttp, ranges, refusal } = rules;
  const forbidden = (why: string) => forbiddenUrl(refusal, why, text);
  if (text.length > MAX_URL_LENGTH) {
    throw forbidden(`has ${text.length} characters; it may have ${MAX_URL_LENGTH}`);
  }
  if (!PRINTABLE.test(text) || text.includes("\\")) {
    throw forbidden("may have printable ASCII characters only: write a name as punycode");
  }
  const [, scheme, authority = ""] = PARTS.exec(text) ?? [];
  if (scheme === undefined || !URL.canParse(text)) throw forbidden("is no https URL");
  if (scheme === "http" && !allowHttp) {
    throw forbidden("must begin with https://; this mesh does not allow http");
  }
  if (authority.includes("@")) throw forbidden("must not have a user or password");
  if (text.includes("#")) throw forbidden("must not have a fragment");
  const url = new URL(text);
  const host = authority.replace(/:\d*$/, "").toLowerCase();
  if (host !== url.hostname || host.endsWith(".")) {
    const name = url.hostname.slice(0, SHOWN_LENGTH);
    throw forbidden(`must name its host as it is called: ${name}`);
  }
  const port = Number(url.port || (scheme === "https" ? 443 : 80));
  if (port < FIRST_FREE_PORT && !LOW_PORTS.includes(port)) {
    throw forbidden(`has port ${port}; allowed are 80, 443 and ${FIRST_FREE_PORT} to 65535`);
  }
  const literal = literalOf(url);
  if (literal !== undefined && !ranges.allows(literal)) {
    throw forbidden("names an address that is not public; an operator can allow it");
  }
  return url;
}

/** The IP address that a URL names itself, without brackets; undefined if it has a name. */
export function literalOf({ hostname }: URL): string | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(address) === 0 ? undefined : address;
}

function forbiddenUrl({ reason, what, field }: AddressRefusal, why: string, text: string) {
  return new DepthmeshError(reason, `${what} ${why}`, {
    metadata: { field, actual: text.slice(0, SHOWN_LENGTH).replace(/[^ -~]/g, "?") },
  });
}
