/**
 * The routes that are one call with one answer: which path stands for which method, and which
 * fields of its request come from the path. The rest comes from the query, or from the body.
 */

export interface UnaryRoute {
  readonly verb: "GET" | "POST" | "DELETE";
  /** As in OpenAPI: `{job}` is one segment. */
  readonly path: string;
  /** `Service.Method` of the public API. */
  readonly method: string;
  /** Fields that the path gives, as templates of its segments, such as `jobs/{job}`. */
  readonly fields?: Readonly<Record<string, string>>;
}

const JOB = { name: "jobs/{job}" };

export const UNARY_ROUTES: readonly UnaryRoute[] = [
  { verb: "GET", path: "/v1/jobs", method: "JobService.ListJobs" },
  { verb: "GET", path: "/v1/jobs/{job}", method: "JobService.GetJob", fields: JOB },
  { verb: "POST", path: "/v1/jobs/{job}/cancel", method: "JobService.CancelJob", fields: JOB },
  { verb: "POST", path: "/v1/jobs/{job}/retry", method: "JobService.RetryJob", fields: JOB },
  { verb: "DELETE", path: "/v1/jobs/{job}", method: "JobService.DeleteJob", fields: JOB },
  { verb: "GET", path: "/v1/jobs/{job}/trace", method: "JobService.GetJobTrace", fields: JOB },
  { verb: "POST", path: "/v1/previews/scene", method: "PreviewService.GetScene" },
  { verb: "POST", path: "/v1/previews/still", method: "PreviewService.RenderStill" },
  { verb: "POST", path: "/v1/previews/contact-sheet", method: "PreviewService.RenderContactSheet" },
  { verb: "POST", path: "/v1/estimates", method: "JobService.EstimateJob" },
  { verb: "GET", path: "/v1/presets", method: "CatalogService.ListPresets" },
  { verb: "GET", path: "/v1/models", method: "CatalogService.ListModels" },
  { verb: "GET", path: "/v1/encoders", method: "CatalogService.ListEncoders" },
  { verb: "GET", path: "/v1/limits", method: "CatalogService.GetLimits" },
];
