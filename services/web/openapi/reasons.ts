/** Which reasons an operation can fail with, and how its answers tell them. */
import type { DescMethod } from "@bufbuild/protobuf";
import { isReason, REASONS, type Reason } from "../../../core/error-reasons.js";
import { DepthmeshError } from "../../../core/errors.js";
import { PROBLEM_TYPE, problemOf } from "../problem.js";
import { type JsonSchema, type Response, refTo } from "./schema.js";

/** What every call can fail with, whatever it does. */
const EVERY_CALL = [
  ...(["PARAMETER_UNKNOWN", "PARAMETER_OUT_OF_RANGE", "PARAMETER_CONFLICT"] as const),
  ...(["CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "CREDENTIALS_EXPIRED"] as const),
  ...(["ROLE_REQUIRED", "RATE_LIMITED", "QUOTA_EXCEEDED", "JOB_DEADLINE_EXCEEDED"] as const),
  ...(["METHOD_UNKNOWN", "SERVICE_UNAVAILABLE", "BUS_UNAVAILABLE", "DRAINING"] as const),
  ...(["STORAGE_UNAVAILABLE", "STORAGE_FULL", "INTERNAL"] as const),
] satisfies readonly Reason[];

const SPEC = [
  ...(["PRESET_UNKNOWN", "CODEC_UNAVAILABLE", "MODEL_UNKNOWN", "MODEL_NOT_INSTALLED"] as const),
  ...(["MODEL_LICENCE_FORBIDDEN", "MODEL_CORRUPT"] as const),
] satisfies readonly Reason[];

const PHOTO = [
  ...(["IMAGE_UNSUPPORTED_FORMAT", "IMAGE_CORRUPT", "IMAGE_TRUNCATED", "IMAGE_TOO_SMALL"] as const),
  ...(["IMAGE_TOO_MANY_PIXELS", "IMAGE_TOO_MANY_FRAMES"] as const),
] satisfies readonly Reason[];

const JOB_FILES = [
  ...PHOTO,
  ...(["SOUND_UNSUPPORTED_FORMAT", "SOUND_CORRUPT", "UPLOAD_TOO_LARGE", "UPLOAD_EXPIRED"] as const),
  ...(["UPLOAD_NOT_FOUND", "UPLOAD_INCOMPLETE", "WEBHOOK_NOT_FOUND", "QUEUE_FULL"] as const),
  ...(["IDEMPOTENCY_CONFLICT", "JOB_NOT_FOUND", "JOB_RECORD_UNREADABLE"] as const),
  ...(["BLOB_NOT_FOUND", "BLOB_CORRUPT", "CALLER_GONE"] as const),
] satisfies readonly Reason[];

const PICTURE = [
  ...SPEC,
  ...PHOTO,
  ...(["CAMERA_LIMIT_EXCEEDED", "GPU_OUT_OF_MEMORY", "OUT_OF_MEMORY", "RENDERER_LOST"] as const),
  ...(["INFERENCE_FAILED", "WORKER_LOST", "STAGE_STALLED", "JOB_RECORD_UNREADABLE"] as const),
  ...(["BLOB_NOT_FOUND", "BLOB_CORRUPT"] as const),
] satisfies readonly Reason[];

/** What a method can fail with besides, where its comment says it in words. */
const MORE: Readonly<Record<string, readonly Reason[]>> = {
  "JobService.CreateJob": [...SPEC, ...JOB_FILES],
  "JobService.BatchCreateJobs": ["IDEMPOTENCY_CONFLICT", "QUEUE_FULL"],
  "JobService.EstimateJob": SPEC,
  "JobService.RetryJob": ["JOB_NOT_FOUND", "IDEMPOTENCY_CONFLICT", "QUEUE_FULL", "BLOB_CORRUPT"],
  "UploadService.CreateUpload": ["UPLOAD_TOO_LARGE", "IDEMPOTENCY_CONFLICT"],
  "UploadService.WriteUpload": ["UPLOAD_SUPERSEDED", "UPLOAD_EXPIRED"],
  "PreviewService.RenderStill": PICTURE,
  "PreviewService.RenderContactSheet": PICTURE,
  "PreviewService.GetScene": PICTURE,
  "AdminService.RedriveDeadLetter": ["JOB_NOT_FOUND", "JOB_NOT_READY", "BLOB_NOT_FOUND"],
  "AdminService.DiscardDeadLetter": ["DEAD_LETTER_NOT_FOUND"],
};

/** What can fail where a field of the path names a resource. */
const BY_PATH_FIELD: Readonly<Record<string, readonly Reason[]>> = {
  job: ["JOB_NOT_FOUND", "JOB_RECORD_UNREADABLE"],
  artifact: ["ARTIFACT_NOT_FOUND"],
  upload: ["UPLOAD_NOT_FOUND"],
  webhook: ["WEBHOOK_NOT_FOUND"],
  failure: ["WEBHOOK_NOT_FOUND"],
  worker: ["WORKER_NOT_FOUND"],
  key: ["API_KEY_NOT_FOUND"],
};

/** Every reason of an operation: those of its method's comment, of its path, and of every call. */
export function reasonsOf(
  methods: readonly DescMethod[],
  path: string,
  comments: ReadonlyMap<string, string>,
): ReadonlySet<Reason> {
  const named = methods.flatMap(({ parent, name }) => [
    ...reasonsIn(comments.get(`${parent.typeName}.${name}`) ?? "", comments),
    ...(MORE[`${parent.name}.${name}`] ?? []),
  ]);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].flatMap(
    ([, name = ""]) => BY_PATH_FIELD[name] ?? [],
  );
  return new Set([...EVERY_CALL, ...named, ...inPath]);
}

/** The reasons that a comment names. `Fails as RenderStill` stands for those of that method. */
function reasonsIn(comment: string, comments: ReadonlyMap<string, string>): readonly Reason[] {
  const words: readonly string[] = comment.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g) ?? [];
  const [, other] = /Fails as (\w+)/.exec(comment) ?? [];
  const method = [...comments.keys()].find((name) => name.endsWith(`Service.${other}`));
  return [
    ...words.filter(isReason),
    ...(method === undefined ? [] : reasonsIn(comments.get(method) ?? "", comments)),
  ];
}

/** The HTTP status of an error with this reason. */
export function statusOf(reason: Reason): number {
  return problemOf(new DepthmeshError(reason, "")).status;
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "The request is wrong.",
  401: "The credentials are missing or not accepted.",
  403: "The caller's roles do not allow it.",
  404: "What the request names does not exist.",
  408: "The request did not arrive in time.",
  409: "It conflicts with another request, or what it names is not in a state for it.",
  413: "What was sent is too large.",
  415: "What was sent is of a kind that is not taken.",
  422: "The request is understood, and cannot be carried out.",
  429: "Too much at once: try again later.",
  499: "It was cancelled.",
  500: "A defect of the server, or damaged data.",
  501: "This mesh does not have it.",
  503: "A part of the mesh cannot be reached: try again later.",
  504: "It took too long.",
  507: "A disk of the mesh is full: try again later.",
};

const COMMON = byStatus(new Set(EVERY_CALL));

/**
 * The answers of failed calls, by status. Each says which reasons it can have; those that every
 * call can have alike are one component.
 */
export function problemResponses(reasons: ReadonlySet<Reason>): Readonly<Record<string, Response>> {
  return Object.fromEntries(
    [...byStatus(reasons)].map(([status, names]) => [
      String(status),
      String(names) === String(COMMON.get(status))
        ? { $ref: `#/components/responses/Problem${status}` }
        : problemResponse(status, names),
    ]),
  );
}

/** The answers that operations refer to. */
export function commonResponses(): Readonly<Record<string, Response>> {
  return Object.fromEntries(
    [...COMMON].map(([status, names]) => [`Problem${status}`, problemResponse(status, names)]),
  );
}

function byStatus(reasons: ReadonlySet<Reason>): ReadonlyMap<number, readonly Reason[]> {
  const found = new Map<number, Reason[]>();
  for (const reason of [...reasons].sort()) {
    const status = statusOf(reason);
    found.set(status, [...(found.get(status) ?? []), reason]);
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

function problemResponse(status: number, reasons: readonly Reason[]): Response {
  return {
    description: `${STATUS_WORDS[status] ?? ""} Reasons: ${reasons.join(", ")}.`.trim(),
    content: {
      [PROBLEM_TYPE]: {
        schema: { allOf: [refTo("Problem"), { properties: { reason: { enum: reasons } } }] },
      },
    },
  };
}

/** The schemas that problems are made of. */
export const PROBLEM_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: "object",
    description: "Why a call failed, as RFC 9457 has it, with the same reason as over gRPC.",
    properties: {
      type: { type: "string", description: "`urn:depthmesh:reason:` and the reason." },
      title: { type: "string", description: "What the reason means." },
      status: { type: "integer", description: "The HTTP status of the answer." },
      detail: {
        type: "string",
        description: "What is wrong, the limit, the actual value, and what to do.",
      },
      reason: refTo("ErrorReason"),
      metadata: {
        type: "object",
        description: "Limits and actual values; the keys name the units.",
        additionalProperties: { type: "string" },
      },
      violations: {
        type: "array",
        description: "Every field that is wrong, at most 32, where the error is about fields.",
        items: {
          type: "object",
          properties: { field: { type: "string" }, description: { type: "string" } },
          required: ["field", "description"],
        },
      },
    },
    required: ["type", "title", "status", "detail", "reason", "metadata", "violations"],
  },
  ErrorReason: {
    type: "string",
    description: Object.entries(REASONS)
      .map(([reason, { meaning }]) => `- \`${reason}\`: ${meaning}`)
      .join("\n"),
    enum: Object.keys(REASONS),
  },
};
