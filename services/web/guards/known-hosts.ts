/**
 * By which names this server is reached. A page of a stranger can make its own name point to this
 * machine (DNS rebinding), and would then be of the same origin as the API. It cannot do so with an
 * address, or with a name that it does not own.
 */
import { isIP } from "node:net";
import { isLoopback } from "../../../kit/network/loopback.js";

const EVERY_NAME = "*";
const LOCALHOST = /(^|\.)localhost$/;

/** The parts of a list that is separated by commas. */
export function listIn(setting: string): readonly string[] {
  return setting
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Says of a `Host` header whether it names this server. `named` are the names of the settings. */
export function knownHosts(named: readonly string[]): (host: string) => boolean {
  const names = new Set(named.map((name) => name.toLowerCase()));
  return (host) => {
    if (names.has(EVERY_NAME)) return true;
    const name = nameIn(host);
    if (name === undefined) return false;
    return isAddress(name) || LOCALHOST.test(name) || isLoopback(name) || names.has(name);
  };
}

/** The host name without the port, in lower case; undefined for what is no host. */
function nameIn(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s[\]]+?)\.?(:\d{1,5})?$/i.exec(host);
  return match?.[1]?.toLowerCase();
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
}
