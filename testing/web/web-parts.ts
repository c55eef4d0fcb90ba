/** What the web service is built with, for tests of its routes. */
import { createLog } from "../../kit/log.js";
import { OpenRequests } from "../../services/web/open-requests.js";
import type { WebParts } from "../../services/web/parts.js";
import { GatewayClient } from "../../services/web/upstream/gateway-client.js";

/** No photo is fetched. */
const CONFIG = { bodyIdleMs: 30_000, photoOrigins: "", photoAllow: "", photoTimeoutMs: 60_000 };

/** Nothing answers at the default address. */
export function webParts(gateway = new GatewayClient("127.0.0.1:1", "127.0.0.1:1")): WebParts {
  const log = createLog("silent", { service: "web", worker: "test" });
  return { gateway, config: CONFIG, log, requests: new OpenRequests() };
}
