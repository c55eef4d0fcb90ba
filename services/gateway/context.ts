/** What the gateway's handlers work with. */
import type { FileBlobStore } from "../../kit/blobs/file-store.js";
import type { ServiceContext } from "../../kit/service.js";
import type { GatewayConfig } from "./config.js";

export interface GatewayContext extends ServiceContext<GatewayConfig> {
  readonly blobs: FileBlobStore;
  /** Fires when the process is asked to go: long calls end, their jobs go on. */
  readonly draining: AbortSignal;
}
