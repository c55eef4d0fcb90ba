/** Explains why a gateway cannot be reached: it may encrypt its connections. */
import { connect } from "node:tls";
import { DepthmeshError } from "../core/errors.js";
import { addressesIn } from "../kit/rpc/addresses.js";

const HANDSHAKE_MS = 2_000;

/**
 * The error of a call over a connection that is not encrypted, or a clearer one if the port at
 * `address` (host:port, or a list, of which the first) speaks TLS.
 */
export async function explainedError(error: unknown, given: string | undefined): Promise<unknown> {
  const [address] = addressesIn(given ?? "");
  const isUnreachable = error instanceof DepthmeshError && error.reason === "SERVICE_UNAVAILABLE";
  if (!isUnreachable || address === undefined || !(await speaksTls(address))) return error;
  return new DepthmeshError(
    "SERVICE_UNAVAILABLE",
    `the gateway at ${address} encrypts its connections: pass --ca FILE with the authority of its certificate, or --tls if Node knows the authority`,
    { cause: error },
  );
}

function speaksTls(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve) => {
    // Nothing is sent: whether the certificate can be trusted is no matter here.
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
    const end = (isEncrypted: boolean) => {
      socket.destroy();
      resolve(isEncrypted);
    };
    socket.setTimeout(HANDSHAKE_MS, () => end(false));
    socket.once("secureConnect", () => end(true));
    socket.once("error", () => end(false));
  });
}
