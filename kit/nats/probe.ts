/**
 * Whether JetStream works. A server whose disk was full can go on greeting its clients for good and
 * answer nothing else, so the probe asks for the state of every stream.
 */
import { connect } from "nats";
import { inboxPrefix } from "./connect.js";
import { type BusCertificates, encryptionOf } from "./encryption.js";
import { parseServers } from "./servers.js";

/** Answered only after the server has looked into each stream's store. */
const REQUEST = "$JS.API.STREAM.LIST";

/**
 * Rejects unless the server answers within `timeoutMs`, over a connection of its own. The URL's
 * user must be allowed to list streams.
 */
export async function askJetStream(
  url: string,
  timeoutMs: number,
  files: BusCertificates = {},
): Promise<void> {
  const servers = parseServers(url);
  const { user, password } = servers;
  const tls = encryptionOf(servers, files);
  const atMs = Date.now() + timeoutMs;
  const connection = await connect({
    servers: [...servers.addresses],
    user,
    pass: password,
    name: "probe",
    inboxPrefix: inboxPrefix(user),
    timeout: timeoutMs,
    reconnect: false,
    noAsyncTraces: true,
    ...(tls && { tls }),
  });
  try {
    const leftMs = Math.max(1, atMs - Date.now());
    const answer = await connection.request(REQUEST, "", { timeout: leftMs });
    const { error } = answer.json<{ error?: { description?: string } }>();
    if (error) throw new Error(error.description ?? "JetStream is not available");
  } finally {
    // Not awaited: it waits for a server that may hang.
    connection.close().catch(() => {});
  }
}
