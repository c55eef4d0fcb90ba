/**
 * Addresses as host:port, read and written in one form. An IPv6 address has brackets before a port,
 * `[::1]:7410`, because its last group would be taken for the port otherwise.
 */
import { isIPv6 } from "node:net";

export interface HostPort {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0 to 65535; undefined where the text has none. */
  readonly port: number | undefined;
}

export const MAX_PORT = 65_535;
/** What an address with a port must be, for errors. */
export const HOST_PORT_FORM = "host:port, with an IPv6 address in brackets: [::1]:7410";

const BRACKETED = /^\[(?<host>[^\]]*)\](?::(?<port>\d{1,5}))?$/;
const NAMED = /^(?<host>[^:[\]\s/@]+)(?::(?<port>\d{1,5}))?$/;

/** Undefined for what is no address. `::1:7410` is an IPv6 address as a whole, and has no port. */
export function parseHostPort(text: string): HostPort | undefined {
  if (isIPv6(text)) return { host: text, port: undefined };
  const { host, port } = (BRACKETED.exec(text) ?? NAMED.exec(text))?.groups ?? {};
  if (host === undefined || (text.startsWith("[") && !isIPv6(host))) return undefined;
  const number = port === undefined ? undefined : Number(port);
  return number !== undefined && number > MAX_PORT ? undefined : { host, port: number };
}

/** `host:port`, with brackets around an IPv6 address; `host` may have them already. */
export function formatHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address in that form, or undefined where it is none or has no port. */
export function hostPortIn(text: string): string | undefined {
  const { host, port } = parseHostPort(text) ?? {};
  return host === undefined || port === undefined ? undefined : formatHostPort(host, port);
}

/**
 * The same of a list of addresses with commas between them: a server that may be several. Undefined
 * where one is none, and for a list of none.
 */
export function hostPortsIn(text: string): string | undefined {
  const given = text.split(",").filter((one) => one.trim() !== "");
  const addresses = given.flatMap((one) => hostPortIn(one.trim()) ?? []);
  const isWhole = addresses.length > 0 && addresses.length === given.length;
  return isWhole ? addresses.join(",") : undefined;
}

/** The host of an address with a port; the text itself where it is none. */
export function hostOf(address: string): string {
  return parseHostPort(address)?.host ?? address;
}

const WILDCARD = /^(0\.0\.0\.0|0*:(:|0|:0)*|\*)$/;

/** Whether a server that listens there is reached at every address of its machine. */
export function isWildcard(host: string): boolean {
  return WILDCARD.test(host);
}

/** Where this machine itself reaches a server that listens on `host`. */
export function hostFromHere(host: string): string {
  if (!isWildcard(host)) return host;
  return host.includes(":") ? "::1" : "127.0.0.1";
}
