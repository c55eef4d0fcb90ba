/** Entry point of the web service: the HTTP edge of the API, and the studio. It is optional. */
import { createLog } from "../../kit/log.js";
import { runMain } from "../../kit/process/service.js";
import { webApp } from "./app.js";
import { loadConfig } from "./config.js";
import { GatewayClient } from "./upstream/gateway-client.js";

runMain(async () => {
  const config = loadConfig();
  const log = createLog(config.logLevel, { service: "web", worker: `web-${process.pid}` });
  const gateway = new GatewayClient(
    config.gatewayAddress,
    config.gatewayAdminAddress || portAfter(config.gatewayAddress),
  );
  const app = await webApp({ gateway, config });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  const address = await app.listen({ host: config.host, port: config.port });
  process.stdout.write(`ready http=${address}\n`);
  await stopped;
  log.info({}, "draining");
  await app.close();
  gateway.close();
});

function portAfter(address: string): string {
  return address.replace(/\d+$/, (port) => String(Number(port) + 1));
}
