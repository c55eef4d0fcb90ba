/** Settings of the web service. */
import { COMMON_SETTINGS, type ConfigOf, integer, readSettings, text } from "../../kit/config.js";
import { ranges } from "../../kit/egress/ranges-setting.js";
import { originsSetting } from "./photo-url/photo-origins.js";

export const WEB_SETTINGS = {
  host: text("DEPTHMESH_HOST", "127.0.0.1", "address that the HTTP server listens on"),
  port: integer("DEPTHMESH_PORT", 7480, [0, 65535], "port of the HTTP server, 0 picks a free one"),
  gatewayAddress: text(
    "DEPTHMESH_GATEWAY",
    "127.0.0.1:7410",
    "host:port of the gateway's public port",
  ),
  gatewayAdminAddress: text(
    "DEPTHMESH_GATEWAY_ADMIN",
    "",
    "host:port of the gateway's admin port; unset means the port after the public one",
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
  keepTracesHours: COMMON_SETTINGS.keepTracesHours,
  traceFolder: COMMON_SETTINGS.traceFolder,
  otlpEndpoint: COMMON_SETTINGS.otlpEndpoint,
  logLevel: COMMON_SETTINGS.logLevel,
  logFormat: COMMON_SETTINGS.logFormat,
};

export const loadConfig = () => readSettings(WEB_SETTINGS);
export type WebConfig = ConfigOf<typeof WEB_SETTINGS>;
