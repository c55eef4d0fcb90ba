/**
 * The routes that are one call with one answer: which path stands for which method, and which
 * fields of its request come from the path. The rest comes from the query, or from the body.
 */

export interface UnaryRoute {
  /** POST and PUT have a body, GET and DELETE a query. */
  readonly verb: "GET" | "POST" | "PUT" | "DELETE";
  /** As in OpenAPI: `{job}` is one segment. */
  readonly path: string;
  /** `Service.Method` of the public API. */
  readonly method: string;
  /** Fields that the path gives, as templates of its segments, such as `jobs/{job}`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The field of the answer with the picture that `Accept: image/*` asks for. */
  readonly picture?: string;
  /** How long the answer may take, if not half a minute. */
  readonly timeoutMs?: number;
}

/** A segment in a path or in a template of a field. */
export const pathPattern = /\{(\w+)\}/g;

const JOB = { name: "jobs/{job}" };
const UPLOAD = { name: "uploads/{upload}" };
const LETTER = { name: "deadLetters/{job}" };
/** A depth map may have to be made first. */
const PREVIEW = { timeoutMs: 180_000 };

const JOBS: readonly UnaryRoute[] = [
  { verb: "GET", path: "/v1/jobs", method: "JobService.ListJobs" },
  { verb: "GET", path: "/v1/jobs/{job}", method: "JobService.GetJob", fields: JOB },
  { verb: "DELETE", path: "/v1/jobs/{job}", method: "JobService.DeleteJob", fields: JOB },
  { verb: "POST", path: "/v1/jobs/{job}/cancel", method: "JobService.CancelJob", fields: JOB },
  { verb: "POST", path: "/v1/jobs/{job}/retry", method: "JobService.RetryJob", fields: JOB },
  { verb: "GET", path: "/v1/jobs/{job}/trace", method: "JobService.GetJobTrace", fields: JOB },
  { verb: "POST", path: "/v1/jobs/batch", method: "JobService.BatchCreateJobs" },
  { verb: "POST", path: "/v1/estimates", method: "JobService.EstimateJob" },
];

const UPLOADS: readonly UnaryRoute[] = [
  { verb: "GET", path: "/v1/uploads/{upload}", method: "UploadService.GetUpload", fields: UPLOAD },
  {
    verb: "DELETE",
    path: "/v1/uploads/{upload}",
    method: "UploadService.AbortUpload",
    fields: UPLOAD,
  },
];

const PREVIEWS: readonly UnaryRoute[] = [
  {
    verb: "POST",
    path: "/v1/previews/scene",
    method: "PreviewService.GetScene",
    picture: "depthMap",
    ...PREVIEW,
  },
  {
    verb: "POST",
    path: "/v1/previews/still",
    method: "PreviewService.RenderStill",
    picture: "picture",
    ...PREVIEW,
  },
  {
    verb: "POST",
    path: "/v1/previews/contact-sheet",
    method: "PreviewService.RenderContactSheet",
    picture: "picture",
    ...PREVIEW,
  },
];

const CATALOG: readonly UnaryRoute[] = [
  { verb: "GET", path: "/v1/presets", method: "CatalogService.ListPresets" },
  { verb: "GET", path: "/v1/models", method: "CatalogService.ListModels" },
  { verb: "GET", path: "/v1/encoders", method: "CatalogService.ListEncoders" },
  { verb: "GET", path: "/v1/limits", method: "CatalogService.GetLimits" },
];

const WEBHOOKS: readonly UnaryRoute[] = [
  { verb: "GET", path: "/v1/webhooks", method: "WebhookService.ListWebhooks" },
  { verb: "POST", path: "/v1/webhooks", method: "WebhookService.CreateWebhook" },
  {
    verb: "DELETE",
    path: "/v1/webhooks/{webhook}",
    method: "WebhookService.DeleteWebhook",
    fields: { name: "webhooks/{webhook}" },
  },
  { verb: "GET", path: "/v1/webhook-failures", method: "WebhookService.ListWebhookFailures" },
  {
    verb: "POST",
    path: "/v1/webhooks/{webhook}/failures/{failure}/redeliver",
    method: "WebhookService.RedeliverWebhook",
    fields: { name: "webhooks/{webhook}/failures/{failure}" },
  },
];

const ADMIN: readonly UnaryRoute[] = [
  { verb: "GET", path: "/v1/admin/status", method: "AdminService.GetSystemStatus" },
  { verb: "GET", path: "/v1/admin/mesh", method: "AdminService.GetMeshStatus" },
  { verb: "GET", path: "/v1/admin/workers", method: "AdminService.ListWorkers" },
  {
    verb: "POST",
    path: "/v1/admin/workers/{worker}/drain",
    method: "AdminService.DrainWorker",
    fields: { name: "workers/{worker}" },
  },
  { verb: "GET", path: "/v1/admin/dead-letters", method: "AdminService.ListDeadLetters" },
  {
    verb: "GET",
    path: "/v1/admin/dead-letters/{job}",
    method: "AdminService.GetDeadLetter",
    fields: LETTER,
  },
  {
    verb: "DELETE",
    path: "/v1/admin/dead-letters/{job}",
    method: "AdminService.DiscardDeadLetter",
    fields: LETTER,
  },
  {
    verb: "POST",
    path: "/v1/admin/dead-letters/{job}/redrive",
    method: "AdminService.RedriveDeadLetter",
    fields: LETTER,
  },
  { verb: "GET", path: "/v1/admin/cache", method: "AdminService.ListCacheEntries" },
  { verb: "POST", path: "/v1/admin/cache/purge", method: "AdminService.PurgeCache" },
  { verb: "GET", path: "/v1/admin/keys", method: "AdminService.ListApiKeys" },
  { verb: "POST", path: "/v1/admin/keys", method: "AdminService.CreateApiKey" },
  {
    verb: "POST",
    path: "/v1/admin/keys/{key}/revoke",
    method: "AdminService.RevokeApiKey",
    fields: { name: "apiKeys/{key}" },
  },
  {
    verb: "GET",
    path: "/v1/admin/quotas/{tenant}",
    method: "AdminService.GetTenantQuota",
    fields: { tenant: "{tenant}" },
  },
  {
    verb: "PUT",
    path: "/v1/admin/quotas/{tenant}",
    method: "AdminService.SetTenantQuota",
    fields: { tenant: "{tenant}" },
  },
  { verb: "GET", path: "/v1/admin/catalogue", method: "AdminService.GetCatalogueStatus" },
  { verb: "POST", path: "/v1/admin/catalogue/rebuild", method: "AdminService.RebuildCatalogue" },
  { verb: "GET", path: "/v1/admin/usage", method: "AdminService.ListUsage" },
];

export const UNARY_ROUTES: readonly UnaryRoute[] = [
  ...JOBS,
  ...UPLOADS,
  ...PREVIEWS,
  ...CATALOG,
  ...WEBHOOKS,
  ...ADMIN,
];
