/** Entry point of the web service: the HTTP edge of the API, and the studio. It is optional. */
import { openCertificates } from "../../kit/process/access.js";
import { runMain } from "../../kit/process/run-main.js";
import {
  type BuslessContext,
  runServiceWithoutBus,
} from "../../kit/process/service-without-bus.js";
import { loadConfig, type WebConfig } from "./config.js";
import { OpenRequests } from "./open-requests.js";
import { webServer } from "./server.js";
import { gatewayAccess } from "./upstream/gateway-access.js";
import { GatewayClient } from "./upstream/gateway-client.js";
import { assertNotOpen } from "./upstream/open-gateway.js";

runMain(() => {
  const config = loadConfig();
  const options = { readsMetrics: config.metrics === "on" };
  const build = async (context: BuslessContext<WebConfig>) => {
    const { log, metrics } = context;
    const files = { cert: config.tlsCert, key: config.tlsKey, ca: "" };
    const certificates = openCertificates(files, "DEPTHMESH_TLS_", log);
    const gateway = new GatewayClient(gatewayAccess(config));
    await assertNotOpen(config, gateway, context);
    const parts = { gateway, config, log, requests: new OpenRequests(), metrics };
    return webServer(config, parts, certificates);
  };
  return runServiceWithoutBus("web", config, build, options);
});
