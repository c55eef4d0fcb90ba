/**
 * The first connection to NATS: waits for a server that may be used, and says for what it waits.
 */
import { type ConnectionOptions, connect, ErrorCode, type NatsConnection, NatsError } from "nats";
import { pause } from "../async/delay.js";
import type { Log } from "../log.js";
import { inAnyOrder } from "../network/any-order.js";
import { SaidWait } from "./said-wait.js";
import type { BusServers } from "./servers.js";

const RETRY_MS = 250;

export interface FirstConnectionOptions {
  readonly servers: BusServers;
  readonly options: ConnectionOptions;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to any of the servers. While none can be reached or trusted it waits, without a limit,
 * and logs why. Rejects when a server refuses user or password, and with the signal's reason.
 */
export async function firstConnection(parts: FirstConnectionOptions): Promise<NatsConnection> {
  const { servers, options, log, signal } = parts;
  const { addresses, user } = servers;
  const wait = new SaidWait(log, `no answer yet from ${addresses.join(", ")}`);
  let mixed = inAnyOrder(addresses);
  try {
    for (;;) {
      signal?.throwIfAborted();
      // Mixed here, because nats.js tells the error of the last one that it tried only: each is the
      // last one in its turn, so that a refusal is told after as many attempts as there are
      // servers.
      mixed = [...mixed.slice(1), ...mixed.slice(0, 1)];
      try {
        const toAny = { ...options, servers: mixed, noRandomize: mixed.length > 1 };
        // Only without `reconnect` does nats.js tell that a server has refused our certificate.
        if (options.tls) await (await connect({ ...toAny, reconnect: false })).close();
        return await connect(toAny);
      } catch (error) {
        const server = mixed.at(-1) ?? "";
        if (error instanceof NatsError && error.code === ErrorCode.AuthorizationViolation) {
          const who =
            user === "" ? "a client without a user" : `the user "${user}" or its password`;
          const message = `nats-server at ${server} refuses ${who}: see DEPTHMESH_NATS_URL`;
          throw new NatsError(message, error.code, error);
        }
        wait.reason = whyNotConnected(error, server, options.tls !== undefined);
      }
      await pause(RETRY_MS * (1 + Math.random()), signal);
    }
  } finally {
    wait.end();
  }
}

/** As the errors of TLS are called by OpenSSL and by Node. */
const DISTRUST = /CERT|SSL|TLS|SIGNATURE|ISSUER/;

/** The server's own objection, to the certificate that it was shown or to none. */
const REFUSED_OURS = /_ALERT_.*(CERT|_CA$)|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/;

/**
 * What a failed attempt to connect to `server`, with TLS if `encrypts`, says to the one who has to
 * mend it.
 */
export function whyNotConnected(error: unknown, server: string, encrypts = false): string {
  const [code, message] = codeOf(error);
  switch (code) {
    case ErrorCode.ConnectionRefused:
    case "ECONNREFUSED":
      return `nobody listens at ${server}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name of ${server} cannot be resolved (${code})`;
    case ErrorCode.Timeout:
    case "ETIMEDOUT":
      return `no answer from ${server}`;
    case ErrorCode.ServerOptionNotAvailable:
      return `${server} does not encrypt, but tls:// in DEPTHMESH_NATS_URL, DEPTHMESH_NATS_CA or _CERT asks for it; nothing was sent to it`;
  }
  // In TLS 1.3 the server's objection may be lost with the connection that it then closes.
  if (encrypts && (code === "ECONNRESET" || code === "EPIPE")) {
    return `${server} ended the connection; perhaps it asks for a certificate: DEPTHMESH_NATS_CERT and DEPTHMESH_NATS_KEY must name one that it trusts (${code})`;
  }
  if (REFUSED_OURS.test(code)) {
    return `${server} asks for a certificate: DEPTHMESH_NATS_CERT and DEPTHMESH_NATS_KEY must name one that it trusts (${code})`;
  }
  if (DISTRUST.test(code.toUpperCase())) {
    return `the certificate of ${server} cannot be trusted: ${message} (${code}); DEPTHMESH_NATS_CA must name its authority`;
  }
  return `${server}: ${message}${code === "" ? "" : ` (${code})`}`;
}

function codeOf(error: unknown): [code: string, message: string] {
  if (!(error instanceof Error)) return ["", String(error)];
  const inner = error instanceof NatsError ? error.chainedError : undefined;
  const { code = "" } = (inner ?? error) as NodeJS.ErrnoException;
  return [String(code), (inner ?? error).message.split("\n", 1)[0] ?? ""];
}
