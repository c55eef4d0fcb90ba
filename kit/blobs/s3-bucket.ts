/** Requests to one bucket of an S3 store, with names below a prefix and errors of ours. */
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { DepthmeshError } from "../../core/errors.js";
import { copyObject, type ObjectCopy } from "./s3-copy.js";
import { isNoBucket, isNoObject, s3Error } from "./s3-errors.js";
import type { Generation } from "./s3-generations.js";
import { isGeneration, keyOfName } from "./s3-generations.js";

export interface S3BucketOptions {
  readonly client: S3Client;
  /**
   * With connections of its own for objects that are read, so that slow readers keep no other
   * request from the store; `client` by default.
   */
  readonly reader?: S3Client;
  readonly bucket: string;
  /** What all names begin with. */
  readonly prefix: string;
  readonly partBytes: number;
  /** Larger objects are copied in parts; 5 GiB, the limit of one copy, by default. */
  readonly maxCopyBytes?: number;
}

/** Parts of one object that are sent at once. */
const PARTS_AT_ONCE = 2;

export class S3Bucket {
  readonly #options: S3BucketOptions;

  constructor(options: S3BucketOptions) {
    this.#options = options;
  }

  /** What the store calls an object. */
  nameInStore(name: string): { readonly bucket: string; readonly name: string } {
    const { bucket, prefix } = this.#options;
    return { bucket, name: prefix + name };
  }

  /** How many bytes were stored. Throws what the source throws; nothing remains then. */
  async put(
    name: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<number> {
    const { client, partBytes: partSize } = this.#options;
    const source = new Source(chunks);
    const params = { ...this.#named(name), Body: source.readable };
    const upload = new Upload({ client, params, partSize, queueSize: PARTS_AT_ONCE });
    try {
      await upload.done();
      return source.sizeBytes;
    } catch (error) {
      throw source.failure ?? s3Error(error);
    }
  }

  /** Bytes from `at` up to `end`. Throws what the SDK throws. */
  async open(name: string, at: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    const { client, reader = client } = this.#options;
    const request = { ...this.#named(name), Range: `bytes=${at}-${end - 1}` };
    const { Body } = await reader.send(new GetObjectCommand(request));
    if (!(Body instanceof Readable)) throw cutShort();
    return Body;
  }

  async head(name: string): Promise<Generation | undefined> {
    try {
      const command = new HeadObjectCommand(this.#named(name));
      const { ContentLength = 0, LastModified } = await this.#options.client.send(command);
      const modifiedAtMs = LastModified?.getTime() ?? Date.now();
      return { name, key: keyOfName(name), sizeBytes: ContentLength, modifiedAtMs };
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw s3Error(error);
    }
  }

  /**
   * Those whose names begin with `prefix`, in the order of their names. What somebody else has put
   * below the same prefix is left out.
   */
  async *list(prefix: string): AsyncGenerator<Generation> {
    const { client, bucket, prefix: own } = this.#options;
    try {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: own + prefix });
      for await (const { Contents = [] } of pages) {
        for (const { Key = "", Size = 0, LastModified } of Contents) {
          const name = Key.slice(own.length);
          const modifiedAtMs = LastModified?.getTime() ?? Date.now();
          const found = { name, key: keyOfName(name), sizeBytes: Size, modifiedAtMs };
          if (isGeneration(found)) yield found;
        }
      }
    } catch (error) {
      throw s3Error(error);
    }
  }

  /** False if the source has gone. */
  async copy({ name, sizeBytes }: Generation, to: string): Promise<boolean> {
    const { client, bucket, prefix, maxCopyBytes } = this.#options;
    const copy: ObjectCopy = { client, bucket, from: prefix + name, to: prefix + to, sizeBytes };
    try {
      await copyObject(copy, maxCopyBytes);
      return true;
    } catch (error) {
      // Swift says that the bucket is missing when the source goes away meanwhile. The request that
      // follows tells the two apart.
      if (isNoObject(error) || isNoBucket(error)) return false;
      throw s3Error(error);
    }
  }

  /** One that is not there does no harm. */
  async delete(name: string, abortSignal?: AbortSignal): Promise<void> {
    try {
      const command = new DeleteObjectCommand(this.#named(name));
      await this.#options.client.send(command, abortSignal ? { abortSignal } : {});
    } catch (error) {
      if (!isNoObject(error)) throw s3Error(error);
    }
  }

  /** Removes the parts of own multipart uploads that began before `beforeMs`. */
  async abortOldUploads(beforeMs: number): Promise<void> {
    const { client, bucket, prefix } = this.#options;
    try {
      const next: { KeyMarker?: string; UploadIdMarker?: string } = {};
      for (let isMore = true; isMore; ) {
        const page = await client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...next }),
        );
        for (const { Key = "", UploadId, Initiated } of page.Uploads ?? []) {
          const name = Key.slice(prefix.length);
          if (!isGeneration({ name, key: keyOfName(name) })) continue;
          if ((Initiated?.getTime() ?? Date.now()) >= beforeMs) continue;
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
        }
        isMore = page.IsTruncated === true && page.NextKeyMarker !== undefined;
        Object.assign(next, {
          KeyMarker: page.NextKeyMarker,
          UploadIdMarker: page.NextUploadIdMarker,
        });
      }
    } catch (error) {
      if (!isNoObject(error)) throw s3Error(error);
    }
  }

  #named(name: string) {
    const { bucket, prefix } = this.#options;
    return { Bucket: bucket, Key: prefix + name };
  }
}

/** The chunks as a stream for the SDK, which remembers what the source threw. */
class Source {
  readonly readable: Readable;
  sizeBytes = 0;
  failure: unknown;

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.readable = Readable.from(this.#watched(chunks), { objectMode: false });
  }

  async *#watched(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    try {
      for await (const chunk of chunks) {
        this.sizeBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

export function cutShort(): DepthmeshError {
  const message = "the S3 store has sent fewer bytes than the object has";
  return new DepthmeshError("STORAGE_UNAVAILABLE", message);
}
