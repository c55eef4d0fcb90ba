/** Object stores of every kind on real servers, each opened as several gateways open it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BLOBS_BUCKET, objectStreamConfig } from "../../kit/blobs/nats-names.js";
import { NatsObjects } from "../../kit/blobs/nats-objects.js";
import type { ObjectStore } from "../../kit/blobs/object-store.js";
import { S3Objects } from "../../kit/blobs/s3-objects.js";
import { BLOB_STORES } from "../../kit/blobs/settings.js";
import { createLog } from "../../kit/log.js";
import { connectBus } from "../../kit/nats/connect.js";
import { NatsServer } from "../../launcher/nats-server.js";
import { startSwift, swiftIsMissing } from "../servers/swift.js";
import { FileObjects } from "./file-objects.js";
import { observedS3 } from "./observed-s3.js";

export type StoreKind = (typeof BLOB_STORES)[number];
export { BLOB_STORES };

/** Why the tests of this kind are skipped. */
export const isMissing = (kind: StoreKind) => (kind === "s3" ? swiftIsMissing : false);

/** A server with an empty store. */
export interface ServedStore {
  /**
   * The store as another process sees it. `beforeRemoval` is waited for after a removal has looked
   * at the object and before it deletes anything. `touch` renews objects of any age.
   */
  open(beforeRemoval?: () => Promise<void>): Promise<ObjectStore>;
  close(): Promise<void>;
}

export async function serveStore(kind: StoreKind): Promise<ServedStore> {
  if (kind === "s3") return serveS3();
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-store-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  if (kind === "nats") return serveNats(folder, remove);
  // Only one process may own a folder: nothing comes between the look and the removal.
  return { open: async () => new FileObjects(folder), close: remove };
}

async function serveNats(folder: string, remove: () => Promise<void>): Promise<ServedStore> {
  const server = await NatsServer.start({ folder });
  const closing: (() => Promise<void>)[] = [];
  const connect = async () => {
    const log = createLog("silent", { service: "gateway", worker: "test" });
    const bus = await connectBus(server.urlFor("gateway"), "test", log);
    closing.push(() => bus.close());
    return bus;
  };
  const { manager } = await connect();
  await manager.streams.add(objectStreamConfig(BLOBS_BUCKET));
  return {
    open: async (beforeRemoval = async () => {}) => {
      const bus = await connect();
      const { streams } = bus.manager;
      const deleteMessage = streams.deleteMessage.bind(streams);
      const gated = new Proxy(streams, {
        get: (target, key) =>
          key === "deleteMessage"
            ? async (...parameters: Parameters<typeof deleteMessage>) => {
                await beforeRemoval();
                return deleteMessage(...parameters);
              }
            : Reflect.get(target, key, target),
      });
      const gatedManager = new Proxy(bus.manager, {
        get: (target, key) => (key === "streams" ? gated : Reflect.get(target, key, target)),
      });
      return new NatsObjects({ ...bus, manager: gatedManager }, BLOBS_BUCKET, 0);
    },
    close: async () => {
      await Promise.all(closing.map((close) => close()));
      await server.stop();
      await remove();
    },
  };
}

const S3_PART_BYTES = 5 * 1024 * 1024;

async function serveS3(): Promise<ServedStore> {
  const server = await startSwift();
  return {
    open: async (beforeRemoval = async () => {}) => {
      const { where, signing } = observedS3(server, async (command) => {
        if (command === "DeleteObjectCommand") await beforeRemoval();
      });
      // Small limits, so that a few MiB are copied in parts.
      const sizes = { partBytes: S3_PART_BYTES, maxCopyBytes: S3_PART_BYTES };
      return new S3Objects({ ...where, signing, ...sizes, freshMs: 0, listsLate: true });
    },
    close: () => server.close(),
  };
}
