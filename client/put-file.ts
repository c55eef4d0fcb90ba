/**
 * A file that is sent to the mesh's store itself, at an address that the gateway gives: its bytes
 * do not pass the gateway. Where the store takes none, it is uploaded in parts.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { DepthmeshError } from "../core/errors.js";
import { Patience } from "../kit/rpc/patience.js";
import {
  type PutUrl,
  type Upload,
  UploadServiceService,
  type WriteUploadRequest,
} from "../proto/gen/depthmesh/v1/upload_service.js";
import type { DepthmeshClient } from "./client.js";
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
      if (upload.putUrl) await put(path, size, upload.putUrl, signal);
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

/** The address is a secret: no error contains it. */
async function put(
  path: string,
  sizeBytes: number,
  { url, headers }: PutUrl,
  signal: AbortSignal | undefined,
): Promise<void> {
  const request = (url.startsWith("https:") ? requestHttps : requestHttp)(url, {
    method: "PUT",
    headers: { ...headers, "content-length": String(sizeBytes) },
    ...(signal && { signal }),
  });
  const answered = new Promise<number>((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  try {
    const [status] = await Promise.all([answered, pipeline(createReadStream(path), request)]);
    if (status >= 200 && status < 300) return;
    throw unavailable(`refuses the file with status ${status}`);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DepthmeshError) throw error;
    const { code = "no answer" } = error as { code?: string };
    throw unavailable(`cannot be reached (${code})`);
  }
}

function unavailable(what: string): DepthmeshError {
  return new DepthmeshError("STORAGE_UNAVAILABLE", `the store ${what}`);
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
