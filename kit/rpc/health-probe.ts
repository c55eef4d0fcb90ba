/**
 * Health check of a container: exits with 0 if the service at DEPTHMESH_PORT of this host reports
 * SERVING.
 */
import { credentials } from "@grpc/grpc-js";
import { COMMON_SETTINGS, readSettings } from "../config.js";
import { formatHostPort, hostFromHere } from "../network/host-port.js";
import { GATEWAY_PORT_SETTINGS } from "../process/gateway-ports.js";
import { askHealth } from "./health.js";

const TIMEOUT_MS = 4_000;

const { host, port, tlsCert, publicTlsCert } = readSettings({
  host: COMMON_SETTINGS.host,
  port: COMMON_SETTINGS.port,
  tlsCert: COMMON_SETTINGS.tlsCert,
  publicTlsCert: GATEWAY_PORT_SETTINGS.publicTlsCert,
});
const isEncrypted = tlsCert !== "" || publicTlsCert !== "";
// The certificate is for other names than that of this host, and the question gives nothing away.
const channel = isEncrypted
  ? credentials.createSsl(null, null, null, { rejectUnauthorized: false })
  : credentials.createInsecure();
try {
  const access = { channel, serverName: isEncrypted ? "localhost" : undefined };
  const address = formatHostPort(hostFromHere(host), port);
  const status = await askHealth(address, TIMEOUT_MS, access);
  if (status !== "SERVING") throw new Error(status);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
