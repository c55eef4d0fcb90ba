/** What the order handlers of encode are built with. */
import type { EncoderFacts } from "../../core/output/codecs.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import type { WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import type { EncodeConfig } from "./config.js";
import type { EncoderTrials } from "./encoder-trials.js";
import type { FramesWay } from "./frames-way.js";
import type { LiveEncodes } from "./live/live-encodes.js";

export interface EncodeWorkerParts {
  readonly context: PipelineContext<EncodeConfig>;
  readonly blobs: RemoteBlobs;
  readonly trials: EncoderTrials;
  readonly live: LiveEncodes;
  /** The encoders that every encode worker of the mesh has announced. */
  readonly workers: WorkerFactsBoard<readonly EncoderFacts[]>;
  readonly results: ResultCache;
  readonly framesWay: FramesWay;
}
