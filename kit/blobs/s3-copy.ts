/** Copies an object inside a bucket: by one request, or in parts where it is too large for that. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";

export interface ObjectCopy {
  readonly client: S3Client;
  readonly bucket: string;
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
}

/** S3 copies no larger object by one request. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;

/** Throws what the SDK throws; nothing remains then. */
export async function copyObject(copy: ObjectCopy, maxCopyBytes = MAX_COPY_BYTES): Promise<void> {
  const { client, bucket, to, sizeBytes } = copy;
  const source = sourceOf(copy);
  if (sizeBytes <= maxCopyBytes) {
    await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, ...source }));
    return;
  }
  const target = { Bucket: bucket, Key: to };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  try {
    const parts: { ETag: string | undefined; PartNumber: number }[] = [];
    for (let at = 0; at < sizeBytes; at += maxCopyBytes) {
      const PartNumber = parts.length + 1;
      const end = Math.min(sizeBytes, at + maxCopyBytes);
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          ...{ ...target, ...source, UploadId, PartNumber },
          CopySourceRange: `bytes=${at}-${end - 1}`,
        }),
      );
      parts.push({ ETag: CopyPartResult?.ETag, PartNumber });
    }
    const MultipartUpload = { Parts: parts };
    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => {});
    throw error;
  }
}

function sourceOf({ bucket, from }: ObjectCopy) {
  return { CopySource: `${bucket}/${from.split("/").map(encodeURIComponent).join("/")}` };
}
