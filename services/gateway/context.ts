/** What the gateway's handlers work with. */
import type { EncoderFacts } from "../../core/output/encoder-facts.js";
import type { FileBlobStore } from "../../kit/blobs/file-store.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import type { WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import type { ModelDirectory } from "./api/catalog.js";
import type { GatewayConfig } from "./config.js";

export interface GatewayContext extends PipelineContext<GatewayConfig> {
  readonly blobs: FileBlobStore;
  readonly models: ModelDirectory;
  /** Fires when the process is asked to go: long calls end, their jobs go on. */
  readonly draining: AbortSignal;
  /** What the encode workers can make. */
  readonly encoders: WorkerFactsBoard<readonly EncoderFacts[]>;
}
