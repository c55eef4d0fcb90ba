/**
 * Where `depthmesh blobs copy` reads and writes: what follows --from and --to, and the settings.
 */
import { DepthmeshError } from "../core/errors.js";
import { FileBlobStore } from "../kit/blobs/file-store.js";
import { BLOBS_BUCKET, objectStreamConfig } from "../kit/blobs/nats-names.js";
import { NatsObjects } from "../kit/blobs/nats-objects.js";
import { ObjectBlobs } from "../kit/blobs/object-blobs.js";
import type { OpenBlobStore } from "../kit/blobs/open-store.js";
import { BLOB_STORE_SETTINGS } from "../kit/blobs/settings.js";
import { COMMON_SETTINGS, readSettings } from "../kit/config.js";
import type { Log } from "../kit/log.js";
import { isNotFound } from "../kit/nats/bus-errors.js";
import { connectBus } from "../kit/nats/connect.js";

export type BlobLocation =
  | { readonly kind: "file"; readonly folder: string }
  | { readonly kind: "nats" }
  /** The settings name the rest, and what is not named here. */
  | { readonly kind: "s3"; readonly bucket?: string; readonly prefix?: string };

export const LOCATION_HELP = "file:FOLDER, nats, s3 or s3:BUCKET/PREFIX";

/** Throws PARAMETER_OUT_OF_RANGE for another form. */
export function parseBlobLocation(text: string): BlobLocation {
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? "" : text.slice(colon + 1);
  if (kind === "file" && rest !== "") return { kind, folder: rest };
  if (kind === "nats" && colon < 0) return { kind };
  if (kind === "s3" && colon < 0) return { kind };
  const [bucket = "", ...folders] = rest.split("/");
  if (kind === "s3" && /^[a-z0-9][\w.-]+$/i.test(bucket)) {
    const prefix = folders.join("/");
    return { kind, bucket, prefix: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/` };
  }
  const message = `"${text.slice(0, 100)}" is no place for blobs: use ${LOCATION_HELP}`;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: { known: LOCATION_HELP },
  });
}

/** Opens a store; a folder that is only read may belong to a running gateway. */
export async function openBlobLocation(
  location: BlobLocation,
  log: Log,
  use: "read" | "write",
): Promise<OpenBlobStore> {
  switch (location.kind) {
    case "file": {
      const { folder } = location;
      const blobs = use === "read" ? await folderToRead(folder) : await FileBlobStore.open(folder);
      return { blobs, close: async () => {} };
    }
    case "nats": {
      const { natsUrl, natsCa: ca, natsCert: cert, natsKey: key } = readSettings(COMMON_SETTINGS);
      const bus = await connectBus(natsUrl, "blobs copy", log, { ca, cert, key });
      // The gateway completes its configuration when it starts.
      await bus.manager.streams.info(objectStreamConfig(BLOBS_BUCKET).name).catch(async (error) => {
        if (use === "read" || !isNotFound(error)) throw error;
        await bus.manager.streams.add(objectStreamConfig(BLOBS_BUCKET));
      });
      const blobs = new ObjectBlobs(new NatsObjects(bus, BLOBS_BUCKET));
      return { blobs, close: () => bus.close() };
    }
    case "s3": {
      const { openS3Objects } = await import("../kit/blobs/open-s3.js");
      const settings = readSettings(BLOB_STORE_SETTINGS);
      const { bucket = settings.s3Bucket, prefix = settings.s3Prefix } = location;
      const named = { ...settings, s3Bucket: bucket, s3Prefix: prefix };
      const { objects, close } = await openS3Objects(named, log);
      return { blobs: new ObjectBlobs(objects), close };
    }
  }
}

async function folderToRead(folder: string): Promise<FileBlobStore> {
  try {
    return await FileBlobStore.openToRead(folder);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    const message = `the folder ${folder.slice(0, 200)} cannot be read (${code}): look at --from`;
    throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { cause });
  }
}
