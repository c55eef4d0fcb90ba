/** What the package `@depthmesh/client` exports; its messages are in `@depthmesh/client/v1/…`. */
export type { Reason } from "../core/error-reasons.js";
export { DepthmeshError, type FieldViolation } from "../core/errors.js";
export type { PatienceOptions } from "../kit/rpc/patience.js";
export { fromRpcStatus } from "../kit/rpc/status.js";
export { AdminClient } from "./admin-client.js";
export type { CallOptions, ConnectOptions, Method, TlsOptions } from "./channel.js";
export { DepthmeshClient, type ListOptions, type ReadOptions } from "./client.js";
export { convertFile } from "./convert-file.js";
export { followJob } from "./follow-job.js";
export { followLive, type LivePart } from "./follow-live.js";
export { interact } from "./interact.js";
export { type CreateOptions, type JobFiles, readFiles } from "./job-files.js";
export { putFile } from "./put-file.js";
export { readArtifact } from "./read-artifact.js";
export { type UploadOptions, uploadFile } from "./upload-file.js";
