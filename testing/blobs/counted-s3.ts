/** An S3 store whose requests are counted by their kind, as one gateway sends them. */
import type { S3Client } from "@aws-sdk/client-s3";
import { S3Bucket } from "../../kit/blobs/s3-bucket.js";
import { S3Objects } from "../../kit/blobs/s3-objects.js";
import type { SwiftServer } from "../servers/swift.js";
import { observedS3 } from "./observed-s3.js";

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
  let sent: string[] = [];
  const { client, where, signing } = observedS3(server, (command) => {
    sent.push(shortName(command));
  });
  const sized = { ...where, partBytes: partMib * 1024 * 1024 };
  const fresh = freshMs === undefined ? {} : { freshMs };
  return {
    objects: new S3Objects({ ...sized, signing, listsLate, ...fresh }),
    bucket: new S3Bucket(sized),
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
