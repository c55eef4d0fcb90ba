/** The depth service: decodes photos and estimates their depth maps. */
import { serveModelList } from "../../models/status.js";
import { runStage } from "../../pipeline/worker/stage-service.js";
import { countLookup, depthCache } from "./cache.js";
import { loadConfig, photoRules } from "./config.js";
import { Decoder } from "./decode/decoder.js";
import { openEngine } from "./inference/open-engine.js";
import { PixelThread } from "./pixels/pixel-thread.js";
import { depthServices } from "./rpc.js";
import { handleDepth } from "./worker.js";

runStage("depth", loadConfig, async (context) => {
  const { config, blobs, results } = context;
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
  const decoding = { decoder, photoRules: photoRules(config) };
  const cache = depthCache(context.buckets.depthMaps, blobs, context.log);
  const parts = { context, blobs, ...decoding, engine, pixels, cache, results };
  for (const kind of ["depth_map", "result"] as const) {
    for (const isHit of [true, false]) countLookup(kind, isHit, 0);
  }
  return {
    services: depthServices({ context, pixels, ...decoding, ...inference }),
    facts: { models: registry.entries.map((entry) => entry.name).join(" ") },
    handle: (work) => handleDepth(parts, work),
    onStart: () => serveModelList(context.bus, () => registry.statuses()),
    close: async () => {
      pool.close();
      await Promise.all([pixels.stop(), decoder.close()]);
    },
  };
});
