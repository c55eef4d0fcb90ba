/**
 * Requests that are right, in which a probe makes one field wrong, so that it gets as far as it
 * can.
 */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** What the caller of the requests owns. */
export interface OwnNames {
  readonly job: string;
  readonly upload: string;
  readonly webhook: string;
  readonly tenant: string;
}

/** JSON by the full names of request messages; what is not here needs nothing else. */
export function baseRequests(names: OwnNames): Readonly<Record<string, JsonObject>> {
  const { job, upload, webhook, tenant } = names;
  const spec = { artifacts: ["ARTIFACT_KIND_DEPTH"] };
  const header = { spec, photoUpload: upload };
  const scene = { source: { job }, options: { longestSide: 64 } };
  return {
    "depthmesh.v1.CreateJobRequest": { header },
    "depthmesh.v1.ConvertRequest": { header },
    "depthmesh.v1.BatchCreateJobsRequest": { jobs: [header] },
    "depthmesh.v1.EstimateJobRequest": { spec, photoWidth: 96, photoHeight: 64 },
    "depthmesh.v1.GetJobRequest": { name: job },
    "depthmesh.v1.GetJobTraceRequest": { name: job },
    "depthmesh.v1.WatchJobRequest": { name: job },
    "depthmesh.v1.CancelJobRequest": { name: job },
    "depthmesh.v1.DeleteJobRequest": { name: job },
    "depthmesh.v1.RetryJobRequest": { name: job },
    "depthmesh.v1.ReadArtifactRequest": { name: `${job}/artifacts/depth.png` },
    "depthmesh.v1.WriteUploadRequest": { header: { name: upload } },
    "depthmesh.v1.GetUploadRequest": { name: upload },
    "depthmesh.v1.AbortUploadRequest": { name: upload },
    "depthmesh.v1.RenderStillRequest": scene,
    "depthmesh.v1.RenderContactSheetRequest": scene,
    "depthmesh.v1.GetSceneRequest": scene,
    "depthmesh.v1.InteractRequest": { start: scene },
    "depthmesh.v1.DeleteWebhookRequest": { name: webhook },
    "depthmesh.v1.RedeliverWebhookRequest": { name: `${webhook}/failures/${job.split("/")[1]}` },
    "depthmesh.v1.CreateWebhookRequest": { url: "https://example.com/" },
    "depthmesh.v1.CreateApiKeyRequest": { tenant, roles: ["ROLE_USER"] },
    "depthmesh.v1.GetDeadLetterRequest": { name: `deadLetters/${job.split("/")[1]}` },
    "depthmesh.v1.RedriveDeadLetterRequest": { name: `deadLetters/${job.split("/")[1]}` },
    "depthmesh.v1.DiscardDeadLetterRequest": { name: `deadLetters/${job.split("/")[1]}` },
    "depthmesh.v1.DrainWorkerRequest": { name: "workers/nobody" },
    "depthmesh.v1.RevokeApiKeyRequest": { name: "apiKeys/0123456789abcdef" },
    "depthmesh.stage.v1.ReadBlobRequest": { name: "0".repeat(64) },
    "depthmesh.stage.v1.WriteBlobRequest": { header: { job: job.split("/")[1] ?? "", token: "t" } },
    "depthmesh.stage.v1.HoldBlobsRequest": {
      names: ["0".repeat(64)],
      job: job.split("/")[1] ?? "",
    },
    "depthmesh.stage.v1.RenderPreviewRequest": { start: { job, session: {} } },
    "depthmesh.stage.v1.FollowJobRequest": { name: job },
    "depthmesh.stage.v1.ReadFramesRequest": {
      start: { job: job.split("/")[1] ?? "", token: "t", generation: 1 },
    },
  };
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `base` with what `change` has: objects are joined, and the first objects of lists. */
export function joined(base: JsonValue | undefined, change: JsonValue): JsonValue {
  if (Array.isArray(base) && Array.isArray(change) && isObject(change[0])) {
    return [joined(base[0], change[0])];
  }
  if (!isObject(base) || !isObject(change)) return change;
  return Object.fromEntries([
    ...Object.entries(base),
    ...Object.entries(change).map(([key, value]) => [key, joined(base[key], value)] as const),
  ]);
}

/** What stands in the same place of `base` as the text of `change`, if there is a text. */
export function baseText(base: JsonValue | undefined, change: JsonValue): string | undefined {
  if (typeof change === "string") return typeof base === "string" ? base : undefined;
  if (Array.isArray(change)) {
    return baseText(Array.isArray(base) ? base[0] : undefined, change[0] ?? "");
  }
  if (!isObject(change) || !isObject(base)) return undefined;
  const [[key, value] = []] = Object.entries(change);
  return key === undefined || value === undefined ? undefined : baseText(base[key], value);
}
