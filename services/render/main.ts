/** The render service: draws the frames of a clip and serves them to the encode service. */

import { DepthmeshError } from "../../core/errors.js";
import type { SceneRasters } from "../../core/scene/clip/clip-scene.js";
import { sharedController } from "../../kit/async/abort.js";
import { Lru } from "../../kit/async/lru.js";
import { machineMemoryBytes } from "../../kit/process/machine-memory.js";
import { SOCKET_FOLDERS } from "../../kit/process/one-reader-socket.js";
import { sweepRunFolders } from "../../kit/process/run-folder.js";
import { increment } from "../../kit/telemetry/metrics.js";
import { OrderRecovery } from "../../pipeline/orders/order-recovery.js";
import { runStage } from "../../pipeline/worker/stage-service.js";
import { defaultQuality, describe, probeCapabilities } from "./capabilities.js";
import { loadConfig } from "./config.js";
import { openDisplay } from "./display.js";
import { DividedScenes } from "./divided-scenes.js";
import { keptFrameBytes } from "./kept-frames.js";
import type { PreviewScene } from "./preview/render-preview.js";
import { WarmScenes } from "./preview/warm-scenes.js";
import { Renderer } from "./renderer.js";
import { renderServices } from "./rpc.js";
import { ServedScenes } from "./served-scenes.js";
import { limitSoftwareThreads } from "./software-threads.js";
import { TakeawayThread } from "./takeaway/takeaway-thread.js";
import { handleRender, takeRender } from "./worker.js";

runStage("render", loadConfig, async (context) => {
  const { config, store, blobs, results, log } = context;
  const { maxPixels, stallMs, framesBy } = config;
  const swept = await sweepRunFolders(SOCKET_FOLDERS);
  if (swept.length > 0) log.info({ swept }, "removed sockets of ended processes");
  const display = await openDisplay(context.die);
  display.watch(stallMs);
  limitSoftwareThreads();
  const keptBytes = keptFrameBytes(config.keptFramesMib, config.slots, machineMemoryBytes());
  const renderer = await Renderer.start(context.die, keptBytes);
  const capabilities = await probeCapabilities(renderer);
  const summary = describe(capabilities);
  log.info({ capabilities }, summary);
  if (config.requireGpu === "yes" && !capabilities.isGpu) {
    throw new Error(`DEPTHMESH_REQUIRE_GPU is set, and there is no GPU: ${summary}`);
  }
  const quality = defaultQuality(config.quality, capabilities.isGpu);
  const scenes = new ServedScenes();
  const divided = new DividedScenes((error) =>
    log.warn({ err: error }, "a scene of segments was not closed"),
  );
  const drain = sharedController();
  const previewBytes = config.previewMib * 2 ** 20;
  const warm = new WarmScenes<PreviewScene>({
    // The rest is for photos and depth maps, of which scenes can be made again.
    capacityBytes: 0.75 * previewBytes,
    onError: (error) => log.warn({ err: error }, "a scene of previews was not closed"),
  });
  const previews = { warm, rasters: new Lru<SceneRasters>(0.25 * previewBytes) };
  const orderRecovery = new OrderRecovery(context.bus, store);
  const takeaways = new TakeawayThread(context.die);
  const parts = {
    context,
    blobs,
    renderer,
    takeaways,
    scenes,
    divided,
    orderRecovery,
    quality,
    results,
  };
  increment("depthmesh.render.frames", {}, 0);
  return {
    services: renderServices({
      ...{ ...parts, ...previews, draining: drain.signal },
      ...{ store, capabilities, maxPixels, stallMs, framesBy, log },
    }),
    facts: { display: display.name, renderer: summary, quality },
    handle: (work) => handleRender(parts, work),
    onTake: takeRender,
    onDrain: () => drain.abort(new DepthmeshError("DRAINING", "the renderer is shutting down")),
    close: async () => {
      warm.stop();
      divided.stop();
      await takeaways.stop();
      await renderer.stop();
      display.close();
    },
  };
});
