/** Which certificates the servers of a mesh show to new connections. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { filesOf, MESH_NAME } from "../../launcher/certificates/certificate-set.js";
import { authorityOf } from "./shown-access.js";

/**
 * The fingerprint at a port of gRPC or HTTP, `host:port`, which must have a certificate of the set.
 */
export function fingerprintAt(address: string, set: string): Promise<string> {
  const [host, port] = address.split(":");
  const ca = authorityOf(set);
  return fingerprintOf({ host, port: Number(port), ca, ALPNProtocols: ["h2", "http/1.1"] });
}

/** The same of nats-server, which greets before it encrypts, and asks for a certificate. */
export async function natsFingerprint(url: string, set: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  await once(socket, "data");
  const { certificate: cert, key } = filesOf(set, "worker");
  const own = { cert: readFileSync(cert), key: readFileSync(key), ca: authorityOf(set) };
  return fingerprintOf({ socket, ...own });
}

async function fingerprintOf(options: ConnectionOptions): Promise<string> {
  const socket = connectTls({ servername: MESH_NAME, ...options });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
