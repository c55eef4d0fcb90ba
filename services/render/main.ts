/** The render service: draws the moving camera and serves its frames. */
import { RemoteBlobs } from "../../kit/blobs/remote.js";
import { runMain, runService } from "../../kit/process/service.js";
import { OrderRecovery } from "../../pipeline/orders/order-recovery.js";
import { ResultCache } from "../../pipeline/results/result-cache.js";
import { stateOfStage } from "../../pipeline/topology/mesh-state.js";
import { StageWorker } from "../../pipeline/worker/stage-worker.js";
import { defaultQuality, describe, probeCapabilities } from "./capabilities.js";
import { loadConfig } from "./config.js";
import { openDisplay } from "./display.js";
import { Renderer } from "./renderer.js";
import { renderServices } from "./rpc.js";
import { ServedScenes } from "./served-scenes.js";
import { handleRender, takeRender } from "./worker.js";

runMain(() =>
  runService("render", loadConfig(), stateOfStage("render"), async (context) => {
    const { config, store } = context;
    const { maxPixels, stallMs } = config;
    const display = await openDisplay(context.die);
    display.watch(config.stallMs);
    const renderer = await Renderer.start(context.die);
    const capabilities = await probeCapabilities(renderer);
    const summary = describe(capabilities);
    context.log.info({ capabilities }, summary);
    if (config.requireGpu === "yes" && !capabilities.isGpu) {
      throw new Error(`DEPTHMESH_REQUIRE_GPU is set, and there is no GPU: ${summary}`);
    }
    const quality = defaultQuality(config.quality, capabilities.isGpu);
    const blobs = new RemoteBlobs(config.gatewayAddress);
    const scenes = new ServedScenes();
    let address = "";
    const orderRecovery = new OrderRecovery(context.bus, store);
    const results = new ResultCache(context.buckets.results, blobs, context.log);
    const parts = { context, blobs, renderer, scenes, orderRecovery, quality, results };
    const worker = new StageWorker({
      ...context,
      stage: "render",
      slots: config.slots,
      leaseMs: config.leaseMs,
      stageDeadlineMs: config.stageDeadlineMs,
      retryBaseMs: config.retryBaseMs,
      handle: (work) => handleRender(parts, work),
      onTake: (record) => takeRender(record, address),
    });
    return {
      services: renderServices({ ...parts, store, capabilities, maxPixels, stallMs }),
      slots: config.slots,
      running: () => worker.running,
      facts: { display: display.name, renderer: summary, quality },
      start: (advertised) => {
        address = advertised;
        worker.start();
      },
      drain: (graceMs) => worker.drain(graceMs),
      close: async () => {
        blobs.close();
        await renderer.stop();
        display.close();
      },
    };
  }),
);
