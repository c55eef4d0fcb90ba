/** Encrypted connections to NATS. */
import { readFileSync } from "node:fs";
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from "node:tls";
import type { TlsOptions } from "nats";
import type { BusServers } from "./servers.js";

/** Paths of PEM files; they are read at each connection, so that renewed ones need no restart. */
export interface BusCertificates {
  /** The authorities that may have signed the server's certificate; those of Node by default. */
  readonly ca?: string;
  /** What this process shows a server that asks for a certificate. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * The options of an encrypted connection; undefined where neither the scheme `tls:` nor a file asks
 * for one. With them, nats.js sends user and password only to a server that it trusts, over the
 * encrypted connection. Throws an Error that names the variable of a file that cannot be used.
 */
export function encryptionOf(
  { isEncrypted, hosts }: Pick<BusServers, "isEncrypted" | "hosts">,
  { ca = "", cert = "", key = "" }: BusCertificates,
): TlsOptions | undefined {
  if (cert !== "" && key === "") throw new Error("DEPTHMESH_NATS_CERT needs DEPTHMESH_NATS_KEY");
  if (key !== "" && cert === "") throw new Error("DEPTHMESH_NATS_KEY needs DEPTHMESH_NATS_CERT");
  if (!isEncrypted && ca === "" && cert === "") return undefined;
  assertUsable(ca, cert, key);
  const options: TlsOptions & Pick<ConnectionOptions, "checkServerIdentity"> = {
    ...(ca !== "" && { caFile: ca }),
    ...(cert !== "" && { certFile: cert, keyFile: key }),
    // For a server that is named by its address nats.js asks for "localhost", and it does not say
    // which one of a list it calls: they are one cluster with one user, and any may be the one.
    checkServerIdentity: (_asked, shown) => {
      const errors = hosts.map((host) => checkServerIdentity(host, shown));
      return errors.some((error) => error === undefined) ? undefined : errors[0];
    },
  };
  return options;
}

/** Throws an Error that names the variable of the file that is missing or no PEM. */
function assertUsable(ca: string, cert: string, key: string): void {
  const read = (variable: string, path: string, use: (pem: Buffer) => void) => {
    if (path === "") return;
    try {
      use(readFileSync(path));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${variable} is ${path}, which cannot be used: ${why}`);
    }
  };
  read("DEPTHMESH_NATS_CA", ca, (pem) => void createSecureContext({ ca: pem }));
  let shown: Buffer | undefined;
  read("DEPTHMESH_NATS_CERT", cert, (pem) => {
    shown = pem;
    createSecureContext({ cert: pem });
  });
  read("DEPTHMESH_NATS_KEY", key, (pem) => void createSecureContext({ cert: shown, key: pem }));
}
