/**
 * What every RPC handler and maintenance task of the gateway gets: the NATS connection, the job
 * store, the blob store, and what the workers of the mesh can do.
 */
import type { EncoderFacts } from "../../core/output/codecs.js";
import type { Claims } from "../../kit/blobs/claims.js";
import type { BlobStore } from "../../kit/blobs/store.js";
import type { Fleet } from "../../pipeline/topology/fleet.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import type { WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import type { ModelDirectory } from "./api/catalog.js";
import type { PageTokens } from "./api/page-tokens.js";
import type { Catalogue } from "./catalogue/catalogue.js";
import type { GatewayConfig } from "./config.js";
import type { Keys } from "./identity/keys.js";
import type { KeptUploads } from "./kept-uploads/kept-uploads.js";
import type { JobOutlook } from "./outlook/job-outlook.js";
import type { Quotas } from "./quota/quotas.js";
import type { Webhooks } from "./webhooks/webhooks.js";

export interface GatewayContext extends PipelineContext<GatewayConfig> {
  readonly blobs: BlobStore;
  /** Who is about to refer to which blob: calls, and jobs by their ids. */
  readonly claims: Claims;
  /** Uploads that survive. */
  readonly uploads: KeptUploads;
  readonly models: ModelDirectory;
  readonly pageTokens: PageTokens;
  /** The API keys of callers. */
  readonly keys: Keys;
  /** What tenants may use and have used. */
  readonly quotas: Quotas;
  /** Fires when the process shuts down: long calls end, their jobs continue. */
  readonly draining: AbortSignal;
  /** The encoders of each encode worker. */
  readonly encoders: WorkerFactsBoard<readonly EncoderFacts[]>;
  /** What is to come of jobs, learnt from those that have ended. */
  readonly outlook: JobOutlook;
  /** The processes of the mesh. */
  readonly fleet: Fleet;
  readonly webhooks: Webhooks;
  /** All jobs in SQL. */
  readonly catalogue: Catalogue;
}
