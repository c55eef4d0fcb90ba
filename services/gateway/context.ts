/** What the gateway's handlers work with. */
import type { FileBlobStore } from "../../kit/blobs/file-store.js";
import type { ServiceContext } from "../../kit/service.js";
import type { GatewayConfig } from "./config.js";
import type { ModelDirectory } from "./models.js";

export interface GatewayContext extends ServiceContext<GatewayConfig> {
  readonly blobs: FileBlobStore;
  readonly models: ModelDirectory;
}
