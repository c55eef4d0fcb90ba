/** Opens the blob store that the settings choose, and says at once what is wrong with it. */
import type { CommonConfig, ConfigOf } from "../config.js";
import type { Log } from "../log.js";
import { connectBus } from "../nats/connect.js";
import { FileBlobStore } from "./file-store.js";
import { BLOBS_BUCKET } from "./nats-names.js";
import { NatsObjects } from "./nats-objects.js";
import { ObjectBlobs } from "./object-blobs.js";
import type { BLOB_STORE_SETTINGS } from "./settings.js";
import type { BlobStore } from "./store.js";

export interface BlobStoreConfig
  extends ConfigOf<typeof BLOB_STORE_SETTINGS>,
    Pick<CommonConfig, "natsUrl" | "natsCa" | "natsCert" | "natsKey"> {
  readonly blobFolder: string;
  readonly diskReserveMib: number;
}

export interface OpenBlobStore {
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

/**
 * The object store of NATS, if the settings choose that, must exist (pipeline/topology). Throws,
 * naming the setting, if a setting is wrong or the store refuses the gateway, and if an S3 store
 * does not answer for half a minute.
 */
export async function openBlobStore(config: BlobStoreConfig, log: Log): Promise<OpenBlobStore> {
  const onCorrupt = (sha256: string, counted: number) =>
    log.error({ sha256, counted }, "a damaged blob was set aside; the disk may be failing");
  switch (config.blobStore) {
    case "file": {
      const { blobFolder, diskReserveMib: reserveMib } = config;
      const blobs = await FileBlobStore.open(blobFolder, { reserveMib, onCorrupt });
      return { blobs, close: async () => {} };
    }
    case "nats": {
      // A connection of its own: bytes of blobs must not delay orders and records.
      const files = { ca: config.natsCa, cert: config.natsCert, key: config.natsKey };
      const bus = await connectBus(config.natsUrl, "blobs", log, files);
      const objects = new NatsObjects(bus, BLOBS_BUCKET);
      return { blobs: new ObjectBlobs(objects, { onCorrupt }), close: () => bus.close() };
    }
    case "s3": {
      // Loaded where it is used: the SDK takes a while.
      const { openS3Objects } = await import("./open-s3.js");
      const { objects, close } = await openS3Objects(config, log);
      return { blobs: new ObjectBlobs(objects, { onCorrupt }), close };
    }
  }
}
