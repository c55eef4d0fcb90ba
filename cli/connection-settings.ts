/** Variables that stand for options of the command that say how it reaches a gateway. */
import { text } from "../kit/config.js";

export const CONNECTION_SETTINGS = {
  address: text(
    "DEPTHMESH_ADDRESS",
    "",
    "host:port of the gateway's public port, or of several with commas between, for commands without `--address`",
  ),
  adminAddress: text(
    "DEPTHMESH_ADMIN_ADDRESS",
    "",
    "host:port of the gateway's admin port, or of several with commas between, for commands without `--admin-address`",
  ),
  key: text(
    "DEPTHMESH_KEY",
    "",
    "API key or token that commands show; it is in no list of processes, unlike an argument",
  ),
  keyFile: text("DEPTHMESH_KEY_FILE", "", "file with the key, for commands without `--key-file`"),
  ca: text(
    "DEPTHMESH_CA",
    "",
    "file (PEM) with the authorities of the gateway's certificate, for commands without `--ca`",
  ),
  clientCert: text(
    "DEPTHMESH_CLIENT_CERT",
    "",
    "file (PEM) with the certificate to show the gateway, for commands without `--client-cert`",
  ),
  clientKey: text("DEPTHMESH_CLIENT_KEY", "", "file (PEM) with its key"),
  serverName: text(
    "DEPTHMESH_SERVER_NAME",
    "",
    "name in the gateway's certificate, for commands without `--server-name`",
  ),
};
