/** The addresses of nats-servers, and the user and password for them, from one setting. */
import { isIPv6 } from "node:net";

/** The servers of one cluster: whoever knows one of them may use all. */
export interface BusServers {
  /** host:port of each; IPv6 addresses are in brackets. */
  readonly addresses: readonly string[];
  /** The names and IP addresses that a certificate may name, without brackets. */
  readonly hosts: readonly string[];
  /** A scheme `tls:` asks for encryption. */
  readonly isEncrypted: boolean;
  /** Empty where the setting names none. */
  readonly user: string;
  readonly password: string;
}

export const SERVERS_FORM = "nats://USER:PASSWORD@HOST:PORT, or several with commas between them";

const DEFAULT_PORT = 4222;
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
/** What may be an address with a port as well as a longer address. */
const ENDS_LIKE_PORT = /:\d{4,5}$/;

/**
 * Reads `DEPTHMESH_NATS_URL`: one server, or several with commas between them. The scheme `nats:`
 * may be left out; user and password stand in the first, or the same in several. Throws an Error
 * that says what is wrong and holds no password.
 */
export function parseServers(setting: string): BusServers {
  const parts = setting.split(",").map((part) => part.trim());
  if (parts.some((part) => part === "")) {
    throw new Error("an address between two commas is missing, or a comma is too many");
  }
  const servers = parts.map(parseServer);
  const [first = parseServer("")] = servers;
  const named = servers.filter(({ user }) => user !== "");
  const [{ user, password } = first] = named;
  if (named.some((each) => each.user !== user || each.password !== password)) {
    throw new Error("the servers of a list have one user and one password");
  }
  const { isEncrypted } = first;
  // One that was written without a scheme follows the others.
  const schemes = servers.filter(({ scheme }) => scheme !== undefined);
  if (schemes.some((each) => each.isEncrypted !== isEncrypted)) {
    throw new Error("either all servers of a list begin with tls:// or none does");
  }
  return {
    addresses: servers.map(({ address }) => address),
    hosts: servers.map(({ host }) => host),
    ...{ isEncrypted, user, password },
  };
}

/** What is wrong with the setting; undefined where nothing is. */
export function problemOfServers(setting: string): string | undefined {
  try {
    parseServers(setting);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function parseServer(part: string) {
  const scheme = SCHEME.exec(part)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "nats" && scheme !== "tls") {
    throw new Error(`the scheme ${scheme}:// is none of nats:// and tls://`);
  }
  const rest = part.replace(SCHEME, "").replace(/\/$/, "");
  const at = rest.lastIndexOf("@");
  const [user = "", ...passwordParts] = rest.slice(0, Math.max(at, 0)).split(":");
  const { host, port } = hostAndPort(rest.slice(at + 1));
  return {
    ...{ scheme, host, isEncrypted: scheme === "tls" },
    address: `${isIPv6(host) ? `[${host}]` : host}:${port}`,
    user: decoded(user, "user"),
    password: decoded(passwordParts.join(":"), "password"),
  };
}

function hostAndPort(text: string): { host: string; port: number } {
  if (isIPv6(text)) {
    if (ENDS_LIKE_PORT.test(text)) {
      throw new Error(`${text} may end in a port: write [ADDRESS]:PORT, or [${text}]`);
    }
    return { host: text, port: DEFAULT_PORT };
  }
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]*)\]|([a-z0-9._-]+))(?::(\d+))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed))) {
    // What cannot be read may be a part of a password.
    throw new Error("a host is missing or cannot be read; an IPv6 address needs brackets");
  }
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  if (port < 1 || port > 65_535) throw new Error(`the port ${port} is not from 1 to 65535`);
  return { host, port };
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`the ${what} has a % that is not followed by two hexadecimal digits`);
  }
}
