/** The encode service: makes the video. */
import type { EncoderFacts } from "../../core/output/encoder-facts.js";
import { RemoteBlobs } from "../../kit/blobs/remote.js";
import { runMain, runService } from "../../kit/process/service.js";
import { ResultCache } from "../../pipeline/results/result-cache.js";
import { stateOfStage } from "../../pipeline/topology/mesh-state.js";
import { announceFacts, WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import { StageWorker } from "../../pipeline/worker/stage-worker.js";
import { configureGuard, loadConfig } from "./config.js";
import { compiledEncoders } from "./ffmpeg.js";
import { LiveEncodes } from "./live/live-encodes.js";
import { factsOf, type ProbedEncoder, probeEncoders } from "./probe.js";
import { encodeServices } from "./rpc.js";
import { sweepWorkFolders } from "./work-folder.js";
import { handleEncode } from "./worker.js";

runMain(() =>
  runService("encode", loadConfig(), stateOfStage("encode"), async (context) => {
    const { config } = context;
    configureGuard(config);
    const swept = await sweepWorkFolders(config.workFolder);
    if (swept.length > 0) context.log.info({ swept }, "work of an ended process removed");
    // Jobs have their depth estimated first: the probe need not keep the service from starting.
    const probing = probeEncoders(await compiledEncoders(), config.hardware === "auto");
    const working = probing.then((probed) =>
      probed.filter(({ works }) => works).map(({ encoder }) => encoder),
    );
    const facts: Record<string, string> = {};
    let retract = () => {};
    const announce = (probed: readonly ProbedEncoder[]) => {
      const encoders = probed.map(factsOf);
      const working = encoders.filter(({ works }) => works);
      facts.encoders = working.map(({ name }) => name).join(" ");
      retract = announceFacts(context.bus, context.buckets.workers, context.worker, encoders);
    };
    probing.then(announce).catch(context.die);
    const blobs = new RemoteBlobs(config.gatewayAddress);
    const live = new LiveEncodes();
    const workers = new WorkerFactsBoard<readonly EncoderFacts[]>();
    await workers.open(context.bus, context.buckets.workers);
    const results = new ResultCache(context.buckets.results, blobs, context.log);
    const worker = new StageWorker({
      ...context,
      stage: "encode",
      slots: config.slots,
      leaseMs: config.leaseMs,
      stageDeadlineMs: config.stageDeadlineMs,
      retryBaseMs: config.retryBaseMs,
      handle: (work) => handleEncode({ context, blobs, working, live, workers, results }, work),
    });
    return {
      services: encodeServices({ ...context, live, working, beginWithinMs: config.leaseMs }),
      slots: config.slots,
      running: () => worker.running,
      facts,
      start: (address) => worker.start(address),
      drain: (graceMs) => {
        retract();
        return worker.drain(graceMs);
      },
      close: () => {
        workers.close();
        blobs.close();
      },
    };
  }),
);
