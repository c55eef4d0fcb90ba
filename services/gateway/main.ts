/**
 * Entry point of the gateway process, which serves the public API and the blob store, and maintains
 * the jobs. It composes the parts and defines how the process starts and shuts down.
 */
import { DepthmeshError } from "../../core/errors.js";
import { encoderFactsIn } from "../../core/output/encoder-facts.js";
import type { Log } from "../../kit/log.js";
import { gatewayPorts } from "../../kit/process/gateway-ports.js";
import { runMain } from "../../kit/process/run-main.js";
import { runService } from "../../kit/process/service.js";
import { identityOfCertificate } from "../../kit/tls/certificate-identity.js";
import { stateOfGateway } from "../../pipeline/topology/ensure-topology.js";
import { announceProcess, followFleet } from "../../pipeline/topology/fleet.js";
import { WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import { ModelDirectory } from "./api/catalog.js";
import { PageTokens } from "./api/page-tokens.js";
import { catalogueOf } from "./catalogue/open-catalogue.js";
import { type GatewayConfig, loadConfig } from "./config.js";
import { offerGatewayMetrics } from "./gateway-metrics.js";
import { OPEN_GUARD } from "./identity/guard.js";
import { type Keys, openKeys } from "./identity/keys.js";
import { asksWhoCalls } from "./identity/whether-to-ask.js";
import { KeptUploads } from "./kept-uploads/kept-uploads.js";
import { Maintenance } from "./maintenance/maintenance.js";
import { JobOutlook } from "./outlook/job-outlook.js";
import { openQuotas } from "./quota/open-quotas.js";
import { countCalls } from "./quota/quota-guard.js";
import { gatewayServices } from "./rpc.js";
import { openSharedBlobs } from "./shared-blobs.js";
import { Webhooks } from "./webhooks/webhooks.js";

runMain(() =>
  runService("gateway", checkedConfig(), stateOfGateway, async (context) => {
    const { blobs, claims, close: closeBlobs } = await openSharedBlobs(context);
    const models = new ModelDirectory(context.bus);
    const encoders = new WorkerFactsBoard(encoderFactsIn);
    const [keys, fleet, pageTokens, counting] = await Promise.all([
      openKeys(context.bus, context.buckets, context.log),
      followFleet(context.bus, context.buckets.fleet),
      PageTokens.open(context.buckets.tenants),
      openQuotas(context),
      encoders.open(context.bus, context.buckets.workers),
    ]);
    const { quotas } = counting;
    const guard = countCalls(await guardOf(context, keys), quotas);
    const drain = new AbortController();
    const uploads = await KeptUploads.open({ ...context, blobs, claims, quotas });
    const webhooks = new Webhooks(context);
    const outlook = new JobOutlook(fleet);
    const catalogue = catalogueOf(context);
    const gateway = {
      ...{ ...context, blobs, claims, uploads, models, encoders, fleet, pageTokens, keys, quotas },
      ...{ webhooks, outlook, catalogue, draining: drain.signal },
    };
    const maintenance = new Maintenance(gateway);
    counting.follow(maintenance.index);
    offerGatewayMetrics(gateway, maintenance);
    return {
      ports: gatewayPorts(context, gatewayServices(gateway, maintenance), guard),
      slots: 0,
      running: () => 0,
      facts: { models: models.names.join(" ") },
      announce: (facts) => announceProcess(context.bus, context.buckets.fleet, facts),
      start: () => {
        maintenance.start();
        webhooks.start();
      },
      endStreams: () => drain.abort(new DepthmeshError("DRAINING", "the gateway is shutting down")),
      drain: async () => {
        await Promise.all([maintenance.drain(), webhooks.drain()]);
        await Promise.all([counting.close(), catalogue.close()]);
      },
      close: async () => {
        webhooks.close();
        encoders.close();
        fleet.close();
        await keys.close();
        await closeBlobs();
      },
    };
  }),
);

/** Fails before the gateway connects to anything. */
function checkedConfig(): GatewayConfig {
  const config = loadConfig();
  asksWhoCalls(config, hostsIn(config));
  return config;
}

/** What judges tokens and failures is loaded where callers are asked who they are only. */
async function guardOf({ config, log }: { config: GatewayConfig; log: Log }, keys: Keys) {
  if (!asksWhoCalls(config, hostsIn(config))) return OPEN_GUARD;
  const { openGuard } = await import("./identity/open-guard.js");
  return openGuard(config, keys, log, identityOfCertificate);
}

/** Where callers reach the gateway. */
function hostsIn({ host, adminHost }: GatewayConfig): readonly string[] {
  return [host, adminHost || host];
}
