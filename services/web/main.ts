/** Entry point of the web service: the HTTP edge of the API, and the studio. It is optional. */
import { openCertificates } from "../../kit/process/access.js";
import { runMain } from "../../kit/process/run-main.js";
import { runServiceWithoutBus } from "../../kit/process/service-without-bus.js";
import { loadConfig } from "./config.js";
import { OpenRequests } from "./open-requests.js";
import { webServer } from "./server.js";
import { gatewayAccess } from "./upstream/gateway-access.js";
import { GatewayClient } from "./upstream/gateway-client.js";
import { assertNotOpen } from "./upstream/open-gateway.js";

runMain(() =>
  runServiceWithoutBus("web", loadConfig(), async (context) => {
    const { config, log } = context;
    const files = { cert: config.tlsCert, key: config.tlsKey, ca: "" };
    const certificates = openCertificates(files, "DEPTHMESH_TLS_", log);
    const gateway = new GatewayClient(gatewayAccess(config));
    await assertNotOpen(config, gateway, context);
    return webServer(config, { gateway, config, log, requests: new OpenRequests() }, certificates);
  }),
);
