/** Which reasons an operation can fail with, and with which statuses of HTTP. */
import type { DescMethod } from "@bufbuild/protobuf";
import { isReason, type Reason } from "../../../core/error-reasons.js";
import { httpStatusOf } from "../http-status.js";

/** The reasons of each status, both in order. */
export type Failures = ReadonlyMap<number, ReadonlySet<Reason>>;

/** What every call can fail with, whatever it does. */
const EVERY_CALL = [
  ...(["PARAMETER_UNKNOWN", "PARAMETER_OUT_OF_RANGE", "PARAMETER_CONFLICT"] as const),
  ...(["CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "CREDENTIALS_EXPIRED"] as const),
  ...(["ROLE_REQUIRED", "RATE_LIMITED", "QUOTA_EXCEEDED", "JOB_DEADLINE_EXCEEDED"] as const),
  ...(["METHOD_UNKNOWN", "SERVICE_UNAVAILABLE", "BUS_UNAVAILABLE", "DRAINING"] as const),
  ...(["STORAGE_UNAVAILABLE", "STORAGE_FULL", "INTERNAL", "ORIGIN_FORBIDDEN"] as const),
] satisfies readonly Reason[];

/** A request by a host name that the server does not know is answered before anything else. */
const MISDIRECTED = [421, "ORIGIN_FORBIDDEN"] as const;

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
  "UploadService.CreateUpload": [
    ...(["UPLOAD_TOO_LARGE", "IDEMPOTENCY_CONFLICT", "UPLOAD_ADDRESS_UNAVAILABLE"] as const),
  ],
  "UploadService.WriteUpload": ["UPLOAD_SUPERSEDED", "UPLOAD_EXPIRED"],
  "PreviewService.RenderStill": PICTURE,
  "PreviewService.RenderContactSheet": PICTURE,
  "PreviewService.GetScene": PICTURE,
  "AdminService.RedriveDeadLetter": [
    ...(["DEAD_LETTER_NOT_FOUND", "JOB_NOT_FOUND", "JOB_NOT_READY", "BLOB_NOT_FOUND"] as const),
  ],
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

/** What a request with a body can fail with before its call is made. */
const BODY_FAILURES: readonly (readonly [number, Reason])[] = [
  [408, "UPLOAD_EXPIRED"],
  [413, "PARAMETER_OUT_OF_RANGE"],
  [415, "PARAMETER_UNKNOWN"],
];

export interface FailureSources {
  readonly path: string;
  readonly takesBody: boolean;
  readonly comments: ReadonlyMap<string, string>;
}

/**
 * Every failure of an operation: those of its methods' comments, of its path, and of every call.
 */
export function failuresOf(
  methods: readonly DescMethod[],
  { path, takesBody, comments }: FailureSources,
): Failures {
  const named = methods.flatMap(({ parent, name }) => [
    ...reasonsIn(comments.get(`${parent.typeName}.${name}`) ?? "", comments),
    ...(MORE[`${parent.name}.${name}`] ?? []),
  ]);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].flatMap(
    ([, name = ""]) => BY_PATH_FIELD[name] ?? [],
  );
  return failures([
    ...[...EVERY_CALL, ...named, ...inPath].map(
      (reason) => [httpStatusOf(reason), reason] as const,
    ),
    ...(takesBody ? BODY_FAILURES : []),
    MISDIRECTED,
    // A path whose segment is empty or too long is another path.
    ...(path.includes("{") ? [[404, "METHOD_UNKNOWN"] as const] : []),
  ]);
}

/** What every operation can fail with that makes a call. */
export function failuresOfEveryCall(): Failures {
  return failures([
    ...EVERY_CALL.map((reason) => [httpStatusOf(reason), reason] as const),
    MISDIRECTED,
  ]);
}

function failures(pairs: readonly (readonly [number, Reason])[]): Failures {
  const found = new Map<number, Set<Reason>>();
  const ordered = [...pairs].sort(([a, one], [b, other]) => a - b || (one < other ? -1 : 1));
  for (const [status, reason] of ordered) {
    const reasons = found.get(status) ?? new Set();
    found.set(status, reasons.add(reason));
  }
  return found;
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
