/** The blob store of the settings, as one gateway has it, or as any number of gateways share it. */
import { BlobClaims, type Claims } from "../../kit/blobs/claims.js";
import { markStore } from "../../kit/blobs/mesh-mark.js";
import { openBlobStore } from "../../kit/blobs/open-store.js";
import { SharedClaims } from "../../kit/blobs/shared-claims.js";
import { type BlobStore, isShared } from "../../kit/blobs/store.js";
import { newId } from "../../pipeline/record/id.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import { CLAIMS_BUCKET } from "../../pipeline/topology/names.js";
import type { GatewayConfig } from "./config.js";
import { meshId } from "./mesh-id.js";
import { SoleGateway } from "./sole-gateway.js";

export interface SharedBlobs {
  readonly blobs: BlobStore;
  readonly claims: Claims;
  close(): Promise<void>;
}

/**
 * Throws what opening the store throws, and PARAMETER_CONFLICT for a second gateway over files and
 * for a place in S3 that another mesh has.
 */
export async function openSharedBlobs(
  context: PipelineContext<GatewayConfig>,
): Promise<SharedBlobs> {
  const { bus, buckets, config, log } = context;
  if (config.blobStore === "file") {
    const sole = await SoleGateway.take({ ...context, bucket: buckets.claims });
    const { blobs, close } = await openBlobStore(config, log);
    return {
      ...{ blobs, claims: new BlobClaims() },
      close: async () => {
        await close();
        await sole.release();
      },
    };
  }
  const { blobs, close } = await openBlobStore(config, log);
  // Whoever reaches a store in NATS reaches the records that refer to it as well.
  if (config.blobStore === "s3" && isShared(blobs)) {
    await markStore(blobs.objects, await meshId(buckets.tenants));
  }
  const stop = new AbortController();
  const claims = new SharedClaims(bus, buckets.claims, CLAIMS_BUCKET, newId);
  void claims.run(stop.signal);
  return {
    ...{ blobs, claims },
    close: async () => {
      stop.abort();
      await close();
    },
  };
}
