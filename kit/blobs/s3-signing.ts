/** Addresses of objects in an S3 store that work without credentials, for a short while. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { DeclaredFile, DownloadHeaders, SignedPut, SignedUrl } from "./object-store.js";
import { s3Error } from "./s3-errors.js";

export interface S3Signing {
  /** Its endpoint is in the addresses. It sends nothing. */
  readonly client: S3Client;
  readonly seconds: number;
  /** Whether callers send the SHA-256 along, for the store to check. */
  readonly withSha256: boolean;
}

interface Named {
  readonly bucket: string;
  readonly name: string;
}

const SHA256_HEADER = "x-amz-checksum-sha256";

/** Signs for this one object and for reading only. Throws STORAGE_UNAVAILABLE. */
export async function signDownload(
  { client, seconds }: S3Signing,
  { bucket, name }: Named,
  { mediaType, fileName }: DownloadHeaders,
): Promise<SignedUrl> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: name,
    ResponseContentType: mediaType,
    ResponseContentDisposition: `attachment; filename="${fileName}"`,
  });
  try {
    // The clock is read first: the address does not outlive what is said about it.
    const expiresAtMs = Date.now() + 1_000 * seconds;
    return { url: await getSignedUrl(client, command, { expiresIn: seconds }), expiresAtMs };
  } catch (error) {
    throw s3Error(error);
  }
}

/**
 * Signs for this one object, this size and, for stores that look at it, this hash. Throws
 * STORAGE_UNAVAILABLE.
 */
export async function signPut(
  { client, seconds, withSha256 }: S3Signing,
  { bucket, name }: Named,
  { sizeBytes, sha256 }: DeclaredFile,
): Promise<SignedPut> {
  const ChecksumSHA256 = Buffer.from(sha256, "hex").toString("base64");
  const command = new PutObjectCommand({
    ...{ Bucket: bucket, Key: name, ContentLength: sizeBytes },
    ...(withSha256 && { ChecksumSHA256 }),
  });
  try {
    const expiresAtMs = Date.now() + 1_000 * seconds;
    const url = await getSignedUrl(client, command, {
      expiresIn: seconds,
      // Headers rather than words of the address: stores that check them look there.
      unhoistableHeaders: new Set([SHA256_HEADER]),
      signableHeaders: new Set(["host", "content-length", SHA256_HEADER]),
    });
    return { url, expiresAtMs, headers: withSha256 ? { [SHA256_HEADER]: ChecksumSHA256 } : {} };
  } catch (error) {
    throw s3Error(error);
  }
}
