/**
 * Which IP addresses a process may call on behalf of a caller: public ones, and those of the ranges
 * that the operator allows. Otherwise a caller could reach what only this machine reaches.
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Range = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, prefixBits: number];

/** Global unicast. Everything else of IPv6 is special, reserved or translated. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");
/** Documentation (RFC 9637), which ipaddr.js does not know. */
const DOCUMENTATION_IPV6 = ipaddr.IPv6.parseCIDR("3fff::/20");
/**
 * NAT64 (RFC 6052): how networks without IPv4 write the IPv4 addresses of the world. The other
 * translated forms are no address that a name of the public internet has.
 */
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
const IPV4_BYTES = 4;

export class AddressRanges {
  readonly #allowed: readonly Range[];

  /** `allowed`: what `parseRanges` reads. */
  constructor(allowed = "") {
    this.#allowed = parseRanges(allowed) ?? [];
  }

  /** Whether an address in its usual notation may be called; false for other texts. */
  allows(text: string): boolean {
    if (isIP(text) === 0) return false;
    const address = ipaddr.parse(text);
    return this.#allowed.some((range) => isIn(address, range)) || isPublic(address);
  }
}

/** Ranges such as `10.0.0.0/8, fd00::/8`, separated by commas; undefined if one is none. */
export function parseRanges(text: string): readonly Range[] | undefined {
  const parts = text.split(",").map((part) => part.trim());
  const texts = parts.filter((part) => part !== "");
  const ranges = texts.map((part) => {
    const [address = "", bits = ""] = part.split("/");
    const isRange = isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && ipaddr.isValidCIDR(part);
    return isRange ? ipaddr.parseCIDR(part) : undefined;
  });
  const known = ranges.filter((range) => range !== undefined);
  return known.length === ranges.length ? known : undefined;
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === "unicast";
  if (isIn(address, NAT64)) {
    return isPublic(new ipaddr.IPv4(address.toByteArray().slice(-IPV4_BYTES)));
  }
  if (!isIn(address, GLOBAL_IPV6) || isIn(address, DOCUMENTATION_IPV6)) return false;
  return address.range() === "unicast";
}

function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
