/** What the order handlers of render are built with. */
import type { Quality } from "../../core/scene/quality.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { OrderRecovery } from "../../pipeline/orders/order-recovery.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import type { RenderConfig } from "./config.js";
import type { DividedScenes } from "./divided-scenes.js";
import type { Renderer } from "./renderer.js";
import type { ServedScenes } from "./served-scenes.js";
import type { TakeawayThread } from "./takeaway/takeaway-thread.js";

export interface RenderWorkerParts {
  readonly context: PipelineContext<RenderConfig>;
  readonly blobs: RemoteBlobs;
  readonly renderer: Renderer;
  readonly takeaways: TakeawayThread;
  readonly scenes: ServedScenes;
  readonly divided: DividedScenes;
  readonly orderRecovery: OrderRecovery;
  /** The quality of jobs that name none. */
  readonly quality: Quality;
  readonly results: ResultCache;
}
