/**
 * The attributes of metrics, and which values each can have. All are bounded by the code or by the
 * installation: no id of a job, an upload or a caller is one, and no caller can make a new value.
 */
export const METRIC_ATTRIBUTES = {
  "rpc.system.name": "`grpc`",
  "rpc.method":
    "full name of a method of the protocol, such as `depthmesh.v1.JobService/GetJob`; `_OTHER` for every other",
  "rpc.status_code": "name of the gRPC status, such as `OK` or `NOT_FOUND`",
  "error.type": "reason of the error, one of [errors.md](errors.md)",
  "messaging.system.name": "`nats`",
  "messaging.operation.name": "`publish`, `process`",
  "messaging.destination.name": "stream: `DM_WORK_DEPTH`, `DM_WORK_RENDER`, `DM_WORK_ENCODE`",
  "http.request.method": "an HTTP method that the server knows",
  "http.route":
    "route of the server, `/assets` for every file of the studio, `none` for unknown paths",
  "http.response.status_code": "status; 499 where the caller has gone",
  "cpu.mode": "`user`, `system`",
  "depthmesh.stage": "`depth`, `render`, `encode`",
  "depthmesh.lane": "`high`, `normal`, `low`",
  "depthmesh.order.outcome":
    "`taken`, `busy` (delivered again later), `drop` (the stage needs no work), `early` and `stale` (dropped: its input is gone, or render has begun again), `behind` (NATS lacks its record; delivered again later), `expired`, `unknown` (no such job), `invalid`",
  "depthmesh.slot.state": "`busy`, `free`; a draining worker has no free ones",
  "depthmesh.step": "name of a sub-step, one of the list below",
  "depthmesh.failure":
    "what follows a failure: `own` (counted, tried again), `mesh`, `out-of-disk`, `remade`, `left-to-others`, `draining`, `source`",
  "depthmesh.model": "name of an installed model",
  "depthmesh.provider": "provider of onnxruntime, such as `cpu` or `cuda`; `builtin` has none",
  "depthmesh.cache": "`depth_map`, `result`",
  "depthmesh.cache.result": "`hit`, `miss`",
  "depthmesh.job.state":
    "`QUEUED`, `DEPTH`, `RENDER`, `ENCODE`; of ended jobs `SUCCEEDED`, `FAILED`, `CANCELLED`, `EXPIRED`",
  "depthmesh.disk": "`blobs`, `work`, `traces`: the file system of that folder",
  "depthmesh.upload.state":
    "`receiving`, `waiting` for a place; of UploadService `open`, `finished`",
} as const;

export type MetricAttribute = keyof typeof METRIC_ATTRIBUTES;
