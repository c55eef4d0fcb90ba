/** The encode service: makes the video. */
import { RemoteBlobs } from "../../kit/blobs/remote.js";
import { setEnvironmentVariable } from "../../kit/config.js";
import { StageWorker } from "../../kit/jobs/stage-worker.js";
import { runMain, runService } from "../../kit/service.js";
import { loadConfig } from "./config.js";
import { probeEncoders } from "./ffmpeg.js";
import { encodeServices } from "./rpc.js";
import { handleEncode } from "./worker.js";

runMain(() =>
  runService("encode", loadConfig(), async (context) => {
    const { config } = context;
    // The guard script reads it: fluent-ffmpeg can pass ffmpeg's own arguments only.
    setEnvironmentVariable("DEPTHMESH_FFMPEG", config.ffmpeg);
    const encoders = await probeEncoders();
    const blobs = new RemoteBlobs(config.gatewayAddress);
    const worker = new StageWorker({
      ...context,
      stage: "encode",
      slots: config.slots,
      leaseMs: config.leaseMs,
      handle: (work) => handleEncode({ context, blobs }, work),
    });
    return {
      services: encodeServices(),
      slots: config.slots,
      running: () => worker.running,
      facts: { h264: encoders.includes("libx264") ? "libx264" : "missing" },
      start: () => worker.start(),
      drain: (graceMs) => worker.drain(graceMs),
      close: () => blobs.close(),
    };
  }),
);
