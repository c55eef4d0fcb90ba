/** The encode service: encodes frames into files, and serves their fragments meanwhile. */
import { DepthmeshError } from "../../core/errors.js";
import { encoderFactsIn } from "../../core/output/encoder-facts.js";
import { announceFacts, WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import { runStage } from "../../pipeline/worker/stage-service.js";
import { configureGuard, loadConfig } from "./config.js";
import { compiledEncoders } from "./ffmpeg.js";
import { LiveEncodes } from "./live/live-encodes.js";
import { factsOf, type ProbedEncoder, probeEncoders } from "./probe.js";
import { encodeServices } from "./rpc.js";
import { sweepWorkFolders } from "./work-folder.js";
import { handleEncode } from "./worker.js";

runStage("encode", loadConfig, async (context) => {
  const { config, blobs, results } = context;
  configureGuard(config);
  const swept = await sweepWorkFolders(config.workFolder);
  if (swept.length > 0) context.log.info({ swept }, "removed work folders of ended processes");
  // Every job has its depth estimated first, so the service can start before the probe is done.
  const stopProbing = new AbortController();
  const probing = probeEncoders({
    compiled: await compiledEncoders(),
    hardware: config.hardware === "auto",
    signal: stopProbing.signal,
  });
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
  probing.then(announce).catch((error) => {
    if (!stopProbing.signal.aborted) context.die(error);
  });
  // Whoever waits for it handles its failure.
  working.catch(() => {});
  const live = new LiveEncodes();
  const workers = new WorkerFactsBoard(encoderFactsIn);
  await workers.open(context.bus, context.buckets.workers);
  return {
    services: encodeServices({ ...context, live, working, beginWithinMs: config.leaseMs }),
    facts,
    handle: (work) => handleEncode({ context, blobs, working, live, workers, results }, work),
    addressInLease: true,
    // Without its encoders this worker could only hold orders that another worker can begin.
    takesOrdersAfter: probing,
    onDrain: () => {
      stopProbing.abort(new DepthmeshError("DRAINING", "the worker is shutting down"));
      retract();
    },
    close: () => workers.close(),
  };
});
