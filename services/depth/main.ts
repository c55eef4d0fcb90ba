/** The depth service: estimates how near every pixel of a photo is. */
import { RemoteBlobs } from "../../kit/blobs/remote.js";
import { StageWorker } from "../../kit/jobs/stage-worker.js";
import { packagePath } from "../../kit/paths.js";
import { runMain, runService } from "../../kit/service.js";
import { DepthCache } from "./cache.js";
import { loadConfig } from "./config.js";
import { Decoder } from "./decode/decoder.js";
import { photoRules } from "./decode/rules.js";
import { readManifest } from "./manifest.js";
import { PixelThread } from "./pixels/pixel-thread.js";
import { depthServices } from "./rpc.js";
import { ModelLibrary } from "./session.js";
import { handleDepth } from "./worker.js";

runMain(() =>
  runService("depth", loadConfig(), async (context) => {
    const { config } = context;
    const folder = config.modelFolder || packagePath("models");
    const entries = await readManifest(folder);
    const models = new ModelLibrary(folder, entries, config.threads);
    const [defaultModel] = entries;
    // Loaded before the first order: a missing model must be seen at start.
    if (defaultModel) await models.load(defaultModel.name);
    const blobs = new RemoteBlobs(config.gatewayAddress);
    const pixels = new PixelThread(context.die);
    const decoder = new Decoder({
      memoryBytes: config.decodeMemoryMib * 1024 * 1024,
      timeMs: config.decodeTimeoutMs,
    });
    const rules = photoRules(config);
    const cache = new DepthCache(context.buckets.depthMaps, blobs, context.log);
    const worker = new StageWorker({
      ...context,
      stage: "depth",
      slots: config.slots,
      leaseMs: config.leaseMs,
      handle: (work) =>
        handleDepth({ context, blobs, models, decoder, photoRules: rules, pixels, cache }, work),
    });
    return {
      services: depthServices(),
      slots: config.slots,
      running: () => worker.running,
      facts: { models: entries.map((entry) => entry.name).join(" ") },
      start: () => worker.start(),
      drain: (graceMs) => worker.drain(graceMs),
      close: async () => {
        blobs.close();
        await Promise.all([pixels.stop(), decoder.close()]);
      },
    };
  }),
);
