/** The stores of the bench on real servers, one after the other, with their requests counted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileBlobStore } from "../../kit/blobs/file-store.js";
import { BLOBS_BUCKET, objectStreamConfig } from "../../kit/blobs/nats-names.js";
import { NatsObjects } from "../../kit/blobs/nats-objects.js";
import { ObjectBlobs } from "../../kit/blobs/object-blobs.js";
import type { BlobStore } from "../../kit/blobs/store.js";
import { createLog } from "../../kit/log.js";
import { connectBus } from "../../kit/nats/connect.js";
import { NatsServer } from "../../launcher/nats-server.js";
import { countedS3 } from "../../testing/blobs/counted-s3.js";
import { startSwift, swiftIsMissing } from "../../testing/servers/swift.js";

/** As DEPTHMESH_S3_PART_MIB by default. */
export const BENCHED_PART_MIB = 8;

export interface BenchedStore {
  readonly name: string;
  readonly blobs: BlobStore;
  /** Its bytes leave the process. */
  readonly isRemote: boolean;
  /** Since the last call: requests of S3, messages to NATS. */
  requests(): number;
  close(): Promise<void>;
}

export async function* openBenchedStores(): AsyncGenerator<BenchedStore> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  try {
    const files = await FileBlobStore.open(join(folder, "file"));
    const plain = { isRemote: false, requests: () => 0, close: async () => {} };
    yield { name: "file", blobs: files, ...plain };
    yield await benchedNats(join(folder, "nats"));
    if (swiftIsMissing) process.stderr.write(`s3 is left out: ${swiftIsMissing}\n`);
    else yield await benchedS3();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchedNats(folder: string): Promise<BenchedStore> {
  const server = await NatsServer.start({ folder });
  const log = createLog("silent", { service: "gateway", worker: "bench" });
  const bus = await connectBus(server.urlFor("gateway"), "bench", log);
  await bus.manager.streams.add(objectStreamConfig(BLOBS_BUCKET));
  let counted = 0;
  return {
    ...{ name: "nats", isRemote: true, blobs: new ObjectBlobs(new NatsObjects(bus, BLOBS_BUCKET)) },
    requests: () => {
      const before = counted;
      counted = bus.connection.stats().outMsgs;
      return counted - before;
    },
    close: async () => {
      await bus.close();
      await server.stop();
    },
  };
}

async function benchedS3(): Promise<BenchedStore> {
  const server = await startSwift();
  const { objects, requests, close } = countedS3(server, { partMib: BENCHED_PART_MIB });
  return {
    ...{ name: "s3 (Swift)", isRemote: true, blobs: new ObjectBlobs(objects) },
    requests: () => requests().split(" ").filter(Boolean).length,
    close: async () => {
      close();
      await server.close();
    },
  };
}
