/** The encode service: encodes frames into files, and serves their fragments meanwhile. */
import { tmpdir } from "node:os";
import { DepthmeshError } from "../../core/errors.js";
import { encoderFactsIn } from "../../core/output/encoder-facts.js";
import { userCacheFolder } from "../../kit/process/user-folders.js";
import { offerFreeDisk } from "../../kit/telemetry/free-disk.js";
import { increment } from "../../kit/telemetry/metrics.js";
import { announceFacts, WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import { runStage } from "../../pipeline/worker/stage-service.js";
import { configureGuard, loadConfig } from "./config.js";
import { EncoderTrials } from "./encoder-trials.js";
import { compiledEncoders } from "./ffmpeg.js";
import { ffmpegConditions } from "./ffmpeg-conditions.js";
import { FramesWay } from "./frames-way.js";
import { LiveEncodes } from "./live/live-encodes.js";
import { factsOf, type ProbedEncoder } from "./probe.js";
import { encodeServices } from "./rpc.js";
import { TrialMemory } from "./trial-memory.js";
import { unreachableFacts } from "./unreachable-renderers.js";
import { sweepWorkFolders } from "./work-folder.js";
import { handleEncode } from "./worker.js";

/** The codec of most jobs. */
const DEFAULT_CODEC = "h264";

runStage("encode", loadConfig, async (context) => {
  const { config, blobs, results } = context;
  configureGuard(config);
  const swept = await sweepWorkFolders(config.workFolder);
  if (swept.length > 0) context.log.info({ swept }, "removed work folders of ended processes");
  const stopTrials = new AbortController();
  const compiled = await compiledEncoders();
  const found = ffmpegConditions(config, compiled);
  const trials = new EncoderTrials({
    compiled,
    hardware: config.hardware === "auto",
    signal: stopTrials.signal,
    ...(found && { memory: new TrialMemory({ folder: userCacheFolder(), ...found }) }),
  });
  const begun = trials.tried([DEFAULT_CODEC]);
  const facts: Record<string, string> = {};
  let retract = () => Promise.resolve();
  const announce = (probed: readonly ProbedEncoder[]) => {
    const encoders = probed.map(factsOf);
    const working = encoders.filter(({ works }) => works);
    facts.encoders = working.map(({ name }) => name).join(" ");
    const { bus, buckets, worker } = context;
    retract = announceFacts(bus, buckets.workers, worker, encoders).retract;
  };
  // Only complete facts are announced: the gateway refuses what no worker has in them.
  begun
    .then(() => trials.all())
    .then(announce)
    .catch((error) => {
      if (!stopTrials.signal.aborted) context.die(error);
    });
  const live = new LiveEncodes();
  const workers = new WorkerFactsBoard(encoderFactsIn);
  await workers.open(context.bus, context.buckets.workers);
  const framesWay = new FramesWay(config.framesBy, context.log);
  const parts = { context, blobs, trials, live, workers, results, framesWay };
  increment("depthmesh.encode.frames", {}, 0);
  offerFreeDisk("work", config.workFolder || tmpdir());
  return {
    services: encodeServices({ ...context, live, trials, beginWithinMs: config.leaseMs }),
    facts,
    currentFacts: () => unreachableFacts(),
    handle: (work) => handleEncode(parts, work),
    addressInLease: true,
    // While not even one encoder has been tried, this worker could only hold orders that another
    // worker can begin.
    takesOrdersAfter: begun,
    onDrain: () => {
      stopTrials.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
      void retract();
    },
    close: () => workers.close(),
  };
});
