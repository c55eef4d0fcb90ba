/** Finds what lies in the S3 store of an idle mesh and nothing refers to. */
import { ListMultipartUploadsCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import type { ObjectStoreAccess } from "../strike/object-store-access.js";

/** A day and an hour: by then everything is old. */
const FUTURE_MS = 25 * 3_600_000;

/**
 * One sentence per object: blobs that no entry names (`named` reads them), parts of uploads,
 * half-written objects, and unfinished multipart uploads. What a write that was cut off has left is
 * removed after an hour or a day; here the same code does it at once.
 */
export async function objectsLeft(
  { client, bucket, prefix, objects }: ObjectStoreAccess,
  named: () => Promise<ReadonlySet<string>>,
): Promise<string[]> {
  await objects.clearPartials(Date.now() + FUTURE_MS);
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key = "" } of Contents) keys.push(Key);
  }
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  const referred = await named();
  return [
    ...unreferred(keys, prefix, referred),
    ...Uploads.map(({ Key }) => `a multipart upload of ${Key} is left`),
  ];
}

/**
 * Of all names in a bucket those that nothing refers to, each as a sentence. `referred`: hashes of
 * blobs, and ids of jobs.
 */
export function unreferred(
  keys: readonly string[],
  prefix: string,
  referred: ReadonlySet<string>,
): string[] {
  return keys.flatMap((key) => {
    const [kind, name = ""] = key.startsWith(prefix) ? key.slice(prefix.length).split("/") : [];
    if (kind === "blobs") return referred.has(name) ? [] : [`no record names the blob ${name}`];
    if (kind === "mesh") return [];
    // The photo of a job that failed by it is kept for a while.
    return kind === "quarantine" && referred.has(name) ? [] : [`the object ${key} is left`];
  });
}
