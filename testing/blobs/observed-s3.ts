/** What a gateway connects to S3 with, where a test sees each request before it is sent. */
import { s3Client } from "../../kit/blobs/s3-client.js";
import { BLOB_STORE_SETTINGS } from "../../kit/blobs/settings.js";
import { readSettings } from "../../kit/config.js";
import type { SwiftServer } from "../servers/swift.js";

/** `before` gets the name of each command, such as "DeleteObjectCommand", and is waited for. */
export function observedS3(server: SwiftServer, before: (command: string) => Promise<void> | void) {
  const settings = readSettings(BLOB_STORE_SETTINGS, server.environment);
  const client = s3Client(settings);
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (request) => {
        await before(commandName);
        return next(request);
      },
    { step: "initialize" },
  );
  const where = { client, bucket: settings.s3Bucket, prefix: settings.s3Prefix };
  return { client, where, signing: { client, seconds: 60, withSha256: true } };
}
