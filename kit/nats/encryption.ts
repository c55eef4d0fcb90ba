/** Encrypted connections to NATS. */
import { isIP } from "node:net";
import { connect, NatsError, type TlsOptions } from "nats";

/** Paths of PEM files; they are read at each connection, so that renewed ones need no restart. */
export interface BusCertificates {
  /** The authorities that may have signed the server's certificate; those of Node by default. */
  readonly ca?: string;
  /** What this process shows a server that asks for a certificate. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * The options of an encrypted connection; undefined where neither the URL (`tls://`) nor a file
 * asks for one. With them, nats.js refuses a server that does not encrypt.
 */
export function encryptionOf(
  url: string,
  { ca = "", cert = "", key = "" }: BusCertificates,
): TlsOptions | undefined {
  if (!url.startsWith("tls:") && ca === "" && cert === "") return undefined;
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    ...(ca !== "" && { caFile: ca }),
    ...(cert !== "" && { certFile: cert, keyFile: key }),
    // nats.js names no address to Node, which would then look for "localhost" in the certificate.
    ...(isIP(host) !== 0 && { host }),
  };
}

const ATTEMPT_MS = 5_000;
/** As the errors of TLS are called by OpenSSL, by Node, and by nats.js. */
const DISTRUST = /CERT|SSL|TLS|SIGNATURE|ISSUER|SERVER_OPT|ENOENT|EACCES/;

/**
 * Rejects if the server shows a certificate that cannot be trusted, or does not encrypt, which
 * waiting does not change. A server that is away is none of both.
 */
export async function assertTrusted(server: string, tls: TlsOptions): Promise<void> {
  const options = { servers: server, tls, reconnect: false, timeout: ATTEMPT_MS };
  try {
    const connection = await connect({ ...options, name: "certificate check" });
    await connection.close();
  } catch (error) {
    const [code, message] = codeOf(error);
    if (!DISTRUST.test(code.toUpperCase())) return;
    throw new Error(
      `the connection to NATS at ${server} cannot be encrypted and trusted: ${message} (${code}); DEPTHMESH_NATS_CA must name the authority of its certificate`,
      { cause: error },
    );
  }
}

function codeOf(error: unknown): [code: string, message: string] {
  if (!(error instanceof Error)) return ["", String(error)];
  const inner = error instanceof NatsError ? error.chainedError : undefined;
  const { code = "" } = (inner ?? error) as NodeJS.ErrnoException;
  return [String(code), (inner ?? error).message];
}
