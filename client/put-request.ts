/**
 * One PUT of a file to an address of the mesh's store. The address is a secret: no error has it.
 */
import { createReadStream } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { DepthmeshError } from "../core/errors.js";
import type { PutUrl } from "../proto/gen/depthmesh/v1/upload_service.js";

/** A store that takes no byte and answers nothing for so long is given up. */
const IDLE_MS = 60_000;

export interface PutRequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly idleMs?: number;
}

/**
 * Throws STORAGE_UNAVAILABLE where the store refuses the file or cannot be reached, what reading
 * the file throws, and the signal's reason.
 */
export async function putRequest(
  path: string,
  sizeBytes: number,
  { url, headers }: PutUrl,
  { signal, idleMs = IDLE_MS }: PutRequestOptions = {},
): Promise<void> {
  const file = createReadStream(path);
  let fileError: Error | undefined;
  file.once("error", (error) => {
    fileError = error;
  });
  const request = (url.startsWith("https:") ? requestHttps : requestHttp)(url, {
    method: "PUT",
    headers: { ...headers, "content-length": String(sizeBytes) },
    ...(signal && { signal }),
  });
  request.setTimeout(idleMs, () => {
    request.destroy(Object.assign(new Error("the store is idle"), { code: "ETIMEDOUT" }));
  });
  let status: number | undefined;
  const answered = new Promise<void>((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => {
      status = response.statusCode;
      response.resume();
      resolve();
    });
  });
  try {
    await Promise.all([answered, pipeline(file, request)]);
  } catch (error) {
    signal?.throwIfAborted();
    if (fileError) throw fileError;
    // A store that refuses the file does not read the rest of it.
    const { code = "no answer" } = error as { code?: string };
    if (status === undefined) throw unavailable(`cannot be reached (${code})`);
  }
  if (status === undefined || status < 200 || status >= 300) {
    throw unavailable(`refuses the file with status ${status}`);
  }
}

function unavailable(what: string): DepthmeshError {
  return new DepthmeshError("STORAGE_UNAVAILABLE", `the store ${what}`);
}
