/** Addresses of objects in an S3 store that work without credentials, for a short while. */
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { DownloadHeaders, SignedUrl } from "./object-store.js";
import { s3Error } from "./s3-errors.js";

export interface S3Signing {
  /** Its endpoint is in the addresses. It sends nothing. */
  readonly client: S3Client;
  readonly seconds: number;
}

/** Signs for this one object and for reading only. Throws STORAGE_UNAVAILABLE. */
export async function signDownload(
  { client, seconds }: S3Signing,
  { bucket, name }: { readonly bucket: string; readonly name: string },
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
