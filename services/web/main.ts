/** Entry point of the web service: the HTTP edge of the API, and the studio. It is optional. */
import { openCertificates } from "../../kit/process/access.js";
import { runMain } from "../../kit/process/run-main.js";
import { runServiceWithoutBus } from "../../kit/process/service-without-bus.js";
import { loadConfig } from "./config.js";
import { OpenRequests } from "./open-requests.js";
import { webServer } from "./server.js";
import { GatewayClient } from "./upstream/gateway-client.js";

runMain(() =>
  runServiceWithoutBus("web", loadConfig(), async ({ config, log }) => {
    const files = { cert: config.tlsCert, key: config.tlsKey, ca: "" };
    const certificates = openCertificates(files, "DEPTHMESH_TLS_", log);
    const gateway = new GatewayClient(
      config.gatewayAddress,
      config.gatewayAdminAddress || portAfter(config.gatewayAddress),
    );
    return webServer(config, { gateway, config, log, requests: new OpenRequests() }, certificates);
  }),
);

function portAfter(address: string): string {
  return address.replace(/\d+$/, (port) => String(Number(port) + 1));
}
