/**
 * The address of the catalogue's Postgres: read from its setting, checked, and shown without its
 * password.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Setting } from "../../../kit/config.js";
import { isLoopback } from "../../../kit/network/loopback.js";

const EXPECTED =
  "an address such as postgres://USER:PASSWORD@HOST:5432/DATABASE, with ?sslmode=disable, require or verify-full, or postgres:///DATABASE?host=FOLDER-OF-THE-SOCKET";
const SSL_MODES = ["disable", "require", "verify-full"] as const;

/** A setting whose value is never shown, because it holds a password. */
export function serverUrl(variable: string, meaning: string): Setting<string> {
  return {
    variable,
    schema: z
      .string()
      .default("")
      .superRefine((value, { addIssue }) => {
        const problem = value === "" ? undefined : problemOf(value);
        if (problem) addIssue({ code: "custom", message: problem });
      }),
    expected: EXPECTED,
    meaning: `${meaning} (default unset)`,
    isSecret: true,
  };
}

/** What is wrong with an address, without a word of it; undefined for one that can be used. */
function problemOf(value: string): string | undefined {
  if (!URL.canParse(value)) return "it is no address";
  const { protocol, pathname, searchParams, hostname } = new URL(value);
  const mode = searchParams.get("sslmode");
  const folder = searchParams.get("host");
  if (protocol !== "postgres:" && protocol !== "postgresql:") return "it is not of Postgres";
  if (pathname.length <= 1) return "it names no database";
  if ((hostname === "") === (folder === null)) return "it names no host, or two";
  // The driver prefers this one: as a name, it would be another host than the one that is checked.
  if (folder !== null && !folder.startsWith("/")) return "its parameter host is no folder";
  const others = [...searchParams.keys()].filter((key) => key !== "sslmode" && key !== "host");
  if (others.length > 0) return "it has parameters other than sslmode and host";
  const isMode = mode === null || (SSL_MODES as readonly string[]).includes(mode);
  return isMode ? undefined : "it has another sslmode";
}

export interface ServerFiles {
  readonly catalogueUrl: string;
  readonly catalogueCa: string;
  readonly catalogueCert: string;
  readonly catalogueKey: string;
}

/** What the driver is told. */
export interface ServerAccess {
  readonly connectionString: string;
  readonly ssl:
    | false
    | {
        readonly rejectUnauthorized: true;
        readonly ca?: string;
        readonly cert?: string;
        readonly key?: string;
      };
}

/**
 * Without an `sslmode`, a server on this machine is spoken to in clear and any other over TLS, so
 * that no password travels in clear unless somebody says so. A certificate is always checked.
 * Throws an error that names the setting of a file that cannot be read.
 */
export function accessOf(settings: ServerFiles): ServerAccess {
  const url = new URL(settings.catalogueUrl);
  const mode = url.searchParams.get("sslmode");
  // The driver has its own meaning for it.
  url.searchParams.delete("sslmode");
  const ca = readIf("DEPTHMESH_CATALOGUE_CA", settings.catalogueCa);
  const cert = readIf("DEPTHMESH_CATALOGUE_CERT", settings.catalogueCert);
  const key = readIf("DEPTHMESH_CATALOGUE_KEY", settings.catalogueKey);
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error("DEPTHMESH_CATALOGUE_CERT and DEPTHMESH_CATALOGUE_KEY must be set together");
  }
  const isHere = url.hostname === "" || isLoopback(bare(url.hostname));
  const isClear = mode === "disable" || (mode === null && isHere && ca === undefined);
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return {
    connectionString: url.href,
    ssl: isClear ? false : { rejectUnauthorized: true, ...files },
  };
}

/** Host, port and database, without user and password. */
export function shownServer(catalogueUrl: string): string {
  const { host, pathname, searchParams } = new URL(catalogueUrl);
  return `${host || searchParams.get("host")}${decodeURIComponent(pathname)}`;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function readIf(variable: string, path: string): string | undefined {
  if (path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${variable} names a file that cannot be read: ${why}`);
  }
}
