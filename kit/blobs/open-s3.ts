/** Opens an S3 store: finds out before any upload whether it can be read and written. */
import { randomUUID } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import type { DepthmeshError } from "../../core/errors.js";
import { pause } from "../async/delay.js";
import type { Log } from "../log.js";
import { type S3Settings, s3Client } from "./s3-client.js";
import { isWrongSetting, s3Error } from "./s3-errors.js";
import { S3Objects } from "./s3-objects.js";

/** A store that is being started gets so long. */
const WAIT_MS = 30_000;
const ASK_EVERY_MS = 1_000;

export interface OpenS3 {
  readonly objects: S3Objects;
  close(): Promise<void>;
}

/**
 * Throws what a person must mend, such as wrong credentials or a missing bucket, and the failure of
 * a store that does not answer for half a minute; meanwhile it says that it waits.
 */
export async function openS3Objects(
  settings: S3Settings,
  log: Log,
  waitMs = WAIT_MS,
): Promise<OpenS3> {
  const [client, reader] = [s3Client(settings), s3Client(settings)];
  const { s3Bucket: bucket, s3Prefix: prefix } = settings;
  await untilUsable(() => tryStore(client, bucket, prefix), log, waitMs);
  const partBytes = settings.s3PartMib * 1024 * 1024;
  const { s3PublicEndpoint: publicly, s3Endpoint, signedUrlSeconds: seconds } = settings;
  // What the SDK would compute of a body that it does not see must not be signed.
  const forSigning = { ...settings, s3Checksums: "off" } as const;
  const signer = s3Client(
    publicly === "" ? forSigning : { ...forSigning, s3Endpoint: publicly },
    "DEPTHMESH_S3_PUBLIC_ENDPOINT",
  );
  const signing = { client: signer, seconds, withSha256: settings.s3Checksums === "on" };
  const listsLate =
    settings.s3Listing === "auto" ? s3Endpoint !== "" : settings.s3Listing === "late";
  const objects = new S3Objects({ client, reader, bucket, prefix, partBytes, signing, listsLate });
  const close = async () => {
    for (const each of [client, reader, signer]) each.destroy();
  };
  return { objects, close };
}

async function untilUsable(attempt: () => Promise<void>, log: Log, waitMs: number): Promise<void> {
  const until = performance.now() + waitMs;
  for (let isTold = false; ; ) {
    const error = await attempt().then(() => undefined, s3Error);
    if (!error) return;
    if (isWrongSetting(error) || performance.now() > until) throw atStart(error);
    if (!isTold) log.warn({ reason: error.message }, "waiting for the S3 store");
    isTold = true;
    await pause(ASK_EVERY_MS);
  }
}

/** The message alone: the SDK's error has the request in it. */
function atStart({ message }: DepthmeshError): Error {
  return new Error(`DEPTHMESH_BLOB_STORE is s3, and ${message}`);
}

/** Reads and writes what every request of the gateway needs to. */
async function tryStore(client: S3Client, bucket: string, prefix: string): Promise<void> {
  await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }));
  const probe = { Bucket: bucket, Key: `${prefix}probe/${randomUUID()}` };
  await client.send(new PutObjectCommand({ ...probe, Body: "probe" }));
  await client.send(new DeleteObjectCommand(probe));
}
