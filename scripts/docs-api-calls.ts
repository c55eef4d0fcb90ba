/**
 * One grpcurl call for each public method: the messages that it sends, as JSON. docs/api.md shows
 * them, and a test reads them as the messages of the protocol.
 */
import type { DescMethod } from "@bufbuild/protobuf";

type JsonObject = { readonly [name: string]: unknown };

const SPEC = { camera: { preset: "orbital" }, clip: { durationSeconds: 2, longestSide: 640 } };
const HEADER = {
  ...{ spec: SPEC, requestId: "my-request-1", photoUpload: "uploads/UPLOAD" },
  labels: { album: "summer" },
};
const STILL = { source: { upload: "uploads/UPLOAD" }, spec: SPEC };

/** Methods whose request says more than a name; those of streams send several messages. */
const MESSAGES: Readonly<Record<string, readonly JsonObject[]>> = {
  "JobService.CreateJob": [{ header: HEADER }],
  "JobService.ListJobs": [
    { pageSize: 20, states: ["JOB_STATE_SUCCEEDED"], labels: { album: "summer" } },
  ],
  "JobService.WatchJob": [{ name: "jobs/JOB", afterEvent: 3 }],
  "JobService.RetryJob": [{ name: "jobs/JOB", fromStage: "JOB_STAGE_RENDER" }],
  "JobService.BatchCreateJobs": [
    { jobs: [{ spec: SPEC, photoUpload: "uploads/UPLOAD" }], requestId: "my-batch-1" },
  ],
  "JobService.EstimateJob": [{ spec: SPEC, photoWidth: 4000, photoHeight: 3000 }],
  "ConvertService.Convert": [{ header: HEADER }],
  "ResultService.ReadArtifact": [{ name: "jobs/JOB/artifacts/video.mp4" }],
  "UploadService.CreateUpload": [{ sizeBytes: "5", requestId: "my-upload-1" }],
  // The bytes are "photo"; a real one is sent by a program.
  "UploadService.WriteUpload": [
    { header: { name: "uploads/UPLOAD", offset: "0" } },
    { data: { data: "cGhvdG8=", crc32c: 3370703849 } },
    { finish: {} },
  ],
  "WebhookService.CreateWebhook": [
    { url: "https://example.com/depthmesh", states: ["JOB_STATE_FAILED"], everyJob: true },
  ],
  "WebhookService.RedeliverWebhook": [{ name: "webhooks/WEBHOOK/failures/FAILURE" }],
  "PreviewService.RenderStill": [
    { ...STILL, tau: 0.25, options: { longestSide: 480, format: "PREVIEW_FORMAT_WEBP" } },
  ],
  "PreviewService.RenderContactSheet": [STILL],
  "PreviewService.GetScene": [{ ...STILL, options: { longestSide: 1280 } }],
  "PreviewService.Interact": [
    { start: { ...STILL, options: { longestSide: 640 } } },
    { camera: { sequence: "1", x: 0.3, y: -0.1 } },
  ],
  "AdminService.ListDeadLetters": [{ pageSize: 20, reason: "POISONED" }],
  "AdminService.ListCacheEntries": [{ kind: "CACHE_KIND_RESULT" }],
  "AdminService.PurgeCache": [{ kind: "CACHE_KIND_RESULT", storedBefore: "2026-01-01T00:00:00Z" }],
  "AdminService.ListWorkers": [{ service: "render" }],
  "AdminService.CreateApiKey": [{ tenant: "acme", roles: ["ROLE_USER"], note: "the shop" }],
  "AdminService.ListApiKeys": [{ tenant: "acme" }],
  "AdminService.GetTenantQuota": [{ tenant: "acme" }],
  "AdminService.ListUsage": [{ tenant: "acme", createdFrom: "2026-11-01T00:00:00Z" }],
  "AdminService.SetTenantQuota": [
    { tenant: "acme", quota: { requestsPerSecond: 20, concurrentJobs: 50 } },
  ],
};

/** What a name of a resource looks like, by the message that holds it. */
const NAMES: Readonly<Record<string, string>> = {
  job: "jobs/JOB",
  job_trace: "jobs/JOB",
  upload: "uploads/UPLOAD",
  webhook: "webhooks/WEBHOOK",
  dead_letter: "deadLetters/JOB",
  worker: "workers/WORKER",
  api_key: "apiKeys/KEY",
};

/** The messages that the call of a method sends. */
export function callMessages(method: DescMethod): readonly JsonObject[] {
  const listed = MESSAGES[`${method.parent.name}.${method.name}`];
  if (listed) return listed;
  const hasName = method.input.fields.some((field) => field.name === "name");
  if (!hasName) return [{}];
  // GetDeadLetter names a dead letter.
  const words = method.name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
  const resource = Object.keys(NAMES).find((name) => words.endsWith(`_${name}`));
  return [{ name: NAMES[resource ?? ""] ?? "NAME" }];
}

/** Ports of a mesh that was started without options; see docs/operate.md. */
const PORTS: Readonly<Record<string, number>> = { AdminService: 7411 };
const PUBLIC_PORT = 7410;

/** The call as a line of a shell. */
export function grpcurlCall(method: DescMethod): string {
  const messages = callMessages(method).map((message) => JSON.stringify(message));
  const data = messages.join(" ") === "{}" ? "" : `-d '${messages.join("\n    ")}' \\\n    `;
  const port = PORTS[method.parent.name] ?? PUBLIC_PORT;
  return `grpcurl -plaintext ${data}localhost:${port} ${method.parent.typeName}/${method.name}`;
}
