/**
 * A file that is sent to the mesh's store itself, at an address that the gateway gives: its bytes
 * do not pass the gateway. Where the store takes none, it is uploaded in parts.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { DepthmeshError } from "../core/errors.js";
import { Patience } from "../kit/rpc/patience.js";
import {
  type Upload,
  UploadServiceService,
  type WriteUploadRequest,
} from "../proto/gen/depthmesh/v1/upload_service.js";
import type { DepthmeshClient } from "./client.js";
import { putRequest } from "./put-request.js";
import { type UploadOptions, uploadFile } from "./upload-file.js";

/**
 * The finished upload of a file, as of `uploadFile`. The gateway reads the file in the store before
 * it answers. Throws DepthmeshError, such as UPLOAD_CHECKSUM_MISMATCH for a file that changes
 * meanwhile, or STORAGE_UNAVAILABLE where the store refuses the file or cannot be reached.
 */
export async function putFile(
  client: DepthmeshClient,
  path: string,
  options: Omit<UploadOptions, "upload" | "partBytes"> = {},
): Promise<Upload> {
  // A repeated call must find its upload.
  const { requestId = randomUUID(), onProgress = () => {}, signal } = options;
  const { size } = await stat(path);
  const patience = new Patience(options);
  const sha256 = await sha256Of(path);
  const call = signal ? { signal } : {};
  const asked = { sizeBytes: size, requestId, putSha256: sha256 };
  for (;;) {
    try {
      const upload = await client.call(UploadServiceService.createUpload, asked, call);
      patience.answered();
      await onProgress(upload);
      // A call with the same request id has finished it.
      if (upload.finished) return upload;
      if (upload.putUrl) await putRequest(path, size, upload.putUrl, { signal });
      const finished = await client.channel.clientStream(
        UploadServiceService.writeUpload,
        finish(upload.name, sha256),
        call,
      );
      await onProgress(finished);
      return finished;
    } catch (error) {
      if (!(error instanceof DepthmeshError)) throw error;
      if (error.reason === "UPLOAD_ADDRESS_UNAVAILABLE") return uploadFile(client, path, options);
      await patience.after(error);
    }
  }
}

async function* finish(name: string, sha256: string): AsyncGenerator<WriteUploadRequest> {
  yield { kind: { $case: "header", value: { name, offset: 0 } } };
  yield { kind: { $case: "finish", value: { sha256 } } };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
