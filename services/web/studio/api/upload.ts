/** Sends a file, and tells how much of it has gone, which fetch cannot. */
import type { UploadJson } from "../../../../proto/gen/json/depthmesh/v1/upload_service_pb.js";
import { apiUrl, ProblemError, problemOf, tellAnswer, unreachable } from "./http.js";

export interface UploadCall {
  readonly signal: AbortSignal;
  /** The part that has been sent, 0 to 1. */
  readonly onProgress: (sent: number) => void;
}

/**
 * The finished upload. Throws ProblemError where the API refuses, and an AbortError when the signal
 * says so.
 */
export function uploadFile(file: Blob, { signal, onProgress }: UploadCall): Promise<UploadJson> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (problem = problemOf(request.responseText, request)) => {
      tellAnswer(problem);
      reject(new ProblemError(problem));
    };
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 200 || request.status > 299) return fail();
      tellAnswer();
      resolve(JSON.parse(request.responseText) as UploadJson);
    };
    request.onerror = () => fail(unreachable());
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("POST", apiUrl("/v1/uploads"));
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.send(file);
  });
}
