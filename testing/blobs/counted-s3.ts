/** An S3 store whose requests are counted by their kind, as one gateway sends them. */
import type { S3Client } from "@aws-sdk/client-s3";
import { S3Bucket } from "../../kit/blobs/s3-bucket.js";
import { s3Client } from "../../kit/blobs/s3-client.js";
import { S3Objects } from "../../kit/blobs/s3-objects.js";
import { BLOB_STORE_SETTINGS } from "../../kit/blobs/settings.js";
import { readSettings } from "../../kit/config.js";
import type { SwiftServer } from "../servers/swift.js";

export interface CountedS3 {
  readonly objects: S3Objects;
  /** Its objects by their names. */
  readonly bucket: S3Bucket;
  readonly client: S3Client;
  /** The requests since the last call, as "GET LIST PUT", in the order of the alphabet. */
  requests(): string;
  close(): void;
}

export interface CountedOptions {
  readonly partMib?: number;
  readonly freshMs?: number;
  readonly listsLate?: boolean;
}

export function countedS3(server: SwiftServer, options: CountedOptions = {}): CountedS3 {
  const { partMib = 5, listsLate = true, freshMs } = options;
  const settings = readSettings(BLOB_STORE_SETTINGS, server.environment);
  const client = s3Client(settings);
  let sent: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      (request) => {
        sent.push(shortName(commandName));
        return next(request);
      },
    { step: "initialize" },
  );
  const { s3Bucket: bucket, s3Prefix: prefix } = settings;
  const signing = { client, seconds: 60, withSha256: true };
  const where = { client, bucket, prefix, partBytes: partMib * 1024 * 1024 };
  const fresh = freshMs === undefined ? {} : { freshMs };
  return {
    objects: new S3Objects({ ...where, signing, listsLate, ...fresh }),
    bucket: new S3Bucket(where),
    client,
    requests: () => {
      const before = sent.sort().join(" ");
      sent = [];
      return before;
    },
    close: () => client.destroy(),
  };
}

const SHORT: Readonly<Record<string, string>> = {
  ListObjectsV2Command: "LIST",
  CreateMultipartUploadCommand: "BEGIN",
  UploadPartCommand: "PART",
  CompleteMultipartUploadCommand: "END",
};

/** PutObjectCommand is PUT. */
function shortName(command: string): string {
  return SHORT[command] ?? command.replace(/Object|Command/g, "").toUpperCase();
}
