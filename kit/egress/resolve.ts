/**
 * The addresses behind the host of a URL that a caller has named. They are asked for once, all are
 * checked, and the connection is made to them: a name cannot have one answer for the check and
 * another for the call.
 */
import { Resolver } from "node:dns/promises";
import { isIPv6, type LookupFunction } from "node:net";
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "../async/abort.js";
import { type AddressRules, literalOf } from "./address.js";

export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The addresses of a host name; empty if it has none. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

const QUERY_MS = 2_000;
const QUERIES = 2;
const LOOPBACK = ["127.0.0.1", "::1"];

/**
 * Asks the name servers itself. The system's resolver would use threads that the files of this
 * process need, and a slow name server could keep all of them.
 */
export const resolveName: Resolve = async (name, signal) => {
  // RFC 6761: never asked for.
  if (name === "localhost" || name.endsWith(".localhost")) return LOOPBACK;
  const resolver = new Resolver({ timeout: QUERY_MS, tries: QUERIES });
  const stopListening = onAbort(signal, () => resolver.cancel());
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  } finally {
    stopListening();
  }
};

/**
 * The addresses of a URL's host. One that is forbidden forbids all: a name with a public and a
 * private address is made to get past checks. Throws the reason of the
 * refusal, SERVICE_UNAVAILABLE for a name without addresses.
 */
export async function checkedAddresses(
  url: URL,
  { ranges, refusal }: Pick<AddressRules, "ranges" | "refusal">,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly CheckedAddress[]> {
  const literal = literalOf(url);
  const found = literal === undefined ? await resolve(url.hostname, signal) : [literal];
  signal.throwIfAborted();
  if (found.length === 0) {
    throw new DepthmeshError("SERVICE_UNAVAILABLE", "the host's name has no address");
  }
  const candidates = isLocalhost(url) ? found.filter((address) => ranges.allows(address)) : found;
  if (candidates.length === 0 || !candidates.every((address) => ranges.allows(address))) {
    // Which address it is stays untold: it is a fact of the network of this mesh.
    const message = "the host has an address that is not public; an operator can allow it";
    throw new DepthmeshError(refusal.reason, message, {
      metadata: { field: refusal.field },
    });
  }
  return candidates.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
}

/** An operator who allows 127.0.0.0/8 need not know that the name has an IPv6 address too. */
function isLocalhost({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost");
}

/** Gives a connection the addresses that were checked: nobody is asked again. */
export function lookupIn(addresses: readonly CheckedAddress[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}
