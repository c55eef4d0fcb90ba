/** The depth service: estimates how near every pixel of a photo is. */
import { RemoteBlobs } from "../../kit/blobs/remote.js";
import { runMain, runService } from "../../kit/process/service.js";
import { serveModelList } from "../../models/status.js";
import { ResultCache } from "../../pipeline/results/result-cache.js";
import { stateOfStage } from "../../pipeline/topology/mesh-state.js";
import { StageWorker } from "../../pipeline/worker/stage-worker.js";
import { depthCache } from "./cache.js";
import { loadConfig, photoRules } from "./config.js";
import { Decoder } from "./decode/decoder.js";
import { openEngine } from "./inference/open-engine.js";
import { PixelThread } from "./pixels/pixel-thread.js";
import { depthServices } from "./rpc.js";
import { handleDepth } from "./worker.js";

runMain(() =>
  runService("depth", loadConfig(), stateOfStage("depth"), async (context) => {
    const { config } = context;
    const pixels = new PixelThread(context.die);
    // A thread and a process, each of which takes a while to start.
    const [inference, decoder] = await Promise.all([
      openEngine(config, pixels, context.log),
      Decoder.start({
        memoryBytes: config.decodeMemoryMib * 1024 * 1024,
        timeMs: config.decodeTimeoutMs,
        stallMs: config.stallMs,
      }),
    ]);
    const { engine, registry, pool } = inference;
    const blobs = new RemoteBlobs(config.gatewayAddress);
    const decoding = { decoder, photoRules: photoRules(config) };
    const cache = depthCache(context.buckets.depthMaps, blobs, context.log);
    const results = new ResultCache(context.buckets.results, blobs, context.log);
    const parts = { context, blobs, ...decoding, engine, pixels, cache, results };
    const worker = new StageWorker({
      ...context,
      stage: "depth",
      slots: config.slots,
      leaseMs: config.leaseMs,
      stageDeadlineMs: config.stageDeadlineMs,
      retryBaseMs: config.retryBaseMs,
      handle: (work) => handleDepth(parts, work),
    });
    return {
      services: depthServices({ context, pixels, ...decoding, ...inference }),
      slots: config.slots,
      running: () => worker.running,
      facts: { models: registry.entries.map((entry) => entry.name).join(" ") },
      start: () => {
        serveModelList(context.bus, () => registry.statuses());
        worker.start();
      },
      drain: (graceMs) => worker.drain(graceMs),
      close: async () => {
        blobs.close();
        pool.close();
        await Promise.all([pixels.stop(), decoder.close()]);
      },
    };
  }),
);
