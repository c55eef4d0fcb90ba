/** The S3 store of a cluster: a real OpenStack Swift behind a proxy, and a way to look into it. */
import type { S3Client } from "@aws-sdk/client-s3";
import { type OpenS3, openS3Objects } from "../../kit/blobs/open-s3.js";
import { s3Client } from "../../kit/blobs/s3-client.js";
import { BLOB_STORE_SETTINGS } from "../../kit/blobs/settings.js";
import { readSettings } from "../../kit/config.js";
import { createLog } from "../../kit/log.js";
import { type SwiftServer, startSwift } from "../../testing/servers/swift.js";
import { StoreProxy } from "./store-proxy.js";

export class ObjectStoreAccess {
  readonly proxy: StoreProxy;
  readonly client: S3Client;
  readonly bucket: string;
  /** What all names begin with. */
  readonly prefix: string;
  /** Not through the proxy. */
  readonly objects: OpenS3["objects"];
  readonly #opened: OpenS3;
  readonly #swift: SwiftServer;

  private constructor(swift: SwiftServer, proxy: StoreProxy, opened: OpenS3) {
    const settings = settingsOf(swift);
    const { s3Bucket: bucket, s3Prefix: prefix } = settings;
    this.#swift = swift;
    this.proxy = proxy;
    this.client = s3Client(settings);
    this.bucket = bucket;
    this.prefix = prefix;
    this.objects = opened.objects;
    this.#opened = opened;
  }

  static async start(): Promise<ObjectStoreAccess> {
    const swift = await startSwift();
    const { hostname: host, port } = new URL(swift.endpoint);
    const proxy = await StoreProxy.open({ host, port: Number(port) });
    const log = createLog("silent", { service: "chaos", worker: "chaos" });
    return new ObjectStoreAccess(swift, proxy, await openS3Objects(settingsOf(swift), log));
  }

  /** Settings of a gateway that reaches the store at host:port. */
  settingsAt(address: string): Readonly<Record<string, string>> {
    return { ...this.#swift.environment, DEPTHMESH_S3_ENDPOINT: `http://${address}` };
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.#opened.close();
    await this.proxy.close();
    await this.#swift.close();
  }
}

function settingsOf({ environment }: SwiftServer) {
  return readSettings(BLOB_STORE_SETTINGS, environment);
}
