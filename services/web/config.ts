/** Settings of the web service. */
import {
  COMMON_SETTINGS,
  type ConfigOf,
  choice,
  host,
  hostPort,
  integer,
  readSettings,
  text,
} from "../../kit/config.js";
import { ranges } from "../../kit/egress/ranges-setting.js";
import { originsSetting } from "./photo-url/photo-origins.js";

export const WEB_SETTINGS = {
  host: host("DEPTHMESH_HOST", "127.0.0.1", "address that the HTTP server listens on"),
  port: integer("DEPTHMESH_PORT", 7480, [0, 65535], "port of the HTTP server, 0 picks a free one"),
  gatewayAddress: hostPort(
    "DEPTHMESH_GATEWAY",
    "127.0.0.1:7410",
    "host:port of the gateway's public port; of several gateways all, with commas between, or a name that has all their addresses",
  ),
  gatewayAdminAddress: hostPort(
    "DEPTHMESH_GATEWAY_ADMIN",
    "",
    "host:port of the gateway's admin port, or of several; unset means the port after the public one",
  ),
  gatewayTls: choice(
    "DEPTHMESH_GATEWAY_TLS",
    "auto",
    ["auto", "on", "off"],
    "whether the connection to the gateway is encrypted; auto is on where DEPTHMESH_CA is set",
  ),
  gatewayCa: text(
    "DEPTHMESH_CA",
    "",
    "file (PEM) with the authorities of the gateway's certificate; unset means those of Node",
  ),
  gatewayServerName: text(
    "DEPTHMESH_SERVER_NAME",
    "",
    "name in the gateway's certificate; unset means the host of its address",
  ),
  plaintextKeys: choice(
    "DEPTHMESH_PLAINTEXT_KEYS",
    "refused",
    ["refused", "allowed"],
    "whether the keys of callers may go to a gateway on another host without TLS: allowed is for a network that you trust",
  ),
  identity: choice(
    "DEPTHMESH_IDENTITY",
    "auto",
    ["auto", "on", "off"],
    "whether callers must show the gateway who they are: auto refuses to listen where other machines reach this server while the gateway asks nobody, on refuses that on a loopback address too, off allows it",
  ),
  hosts: text(
    "DEPTHMESH_WEB_HOSTS",
    "",
    "host names by which browsers reach this server, separated by commas, besides localhost, DEPTHMESH_HOST and IP addresses; * is every name, for a proxy in front that knows them",
  ),
  origins: text(
    "DEPTHMESH_WEB_ORIGINS",
    "",
    "origins of other pages whose scripts may call the API with a key of their own, such as https://app.example.org, separated by commas",
  ),
  metrics: choice(
    "DEPTHMESH_WEB_METRICS",
    "on",
    ["on", "off"],
    "whether /metrics tells whoever asks how many requests there were",
  ),
  bodyIdleMs: integer(
    "DEPTHMESH_BODY_IDLE_MS",
    30_000,
    [100, 3_600_000],
    "milliseconds after which a request whose body has stopped coming is cut",
  ),
  tlsCert: text(
    "DEPTHMESH_TLS_CERT",
    "",
    "file (PEM) with the certificate of the HTTP server and its intermediate ones; with it the port is HTTPS",
  ),
  tlsKey: COMMON_SETTINGS.tlsKey,
  photoOrigins: originsSetting(
    "DEPTHMESH_PHOTO_ORIGINS",
    "hosts or origins that photos may be fetched from for requests with a photoUrl, separated by commas; a host stands for https",
  ),
  photoAllow: ranges(
    "DEPTHMESH_PHOTO_ALLOW",
    "ranges of addresses that those origins may have besides public ones, such as 10.1.0.0/16,fd00::/8",
  ),
  photoTimeoutMs: integer(
    "DEPTHMESH_PHOTO_TIMEOUT_MS",
    60_000,
    [100, 3_600_000],
    "milliseconds within which a photo that is fetched must have come",
  ),
  drainMs: COMMON_SETTINGS.drainMs,
  failpointFolder: COMMON_SETTINGS.failpointFolder,
  healthSocket: COMMON_SETTINGS.healthSocket,
  keepTracesHours: COMMON_SETTINGS.keepTracesHours,
  traceFolder: COMMON_SETTINGS.traceFolder,
  logLevel: COMMON_SETTINGS.logLevel,
  logFormat: COMMON_SETTINGS.logFormat,
};

export const loadConfig = () => readSettings(WEB_SETTINGS);
export type WebConfig = ConfigOf<typeof WEB_SETTINGS>;
