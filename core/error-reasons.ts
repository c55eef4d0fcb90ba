/** The table of all reasons that an error of this system can have. */

/** Canonical gRPC codes that this system uses. */
export type GrpcCodeName =
  | "CANCELLED"
  | "INVALID_ARGUMENT"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "OUT_OF_RANGE"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS";

/** Whether a retry helps: no, yes after a delay, or the system has already retried by itself. */
export type RetryAdvice = "no" | "after-delay" | "inside";

interface ReasonRow {
  readonly code: GrpcCodeName;
  readonly retry: RetryAdvice;
  readonly meaning: string;
}

/** Every reason, with its gRPC code; docs/errors.md is generated from this table. */
export const REASONS = {
  IMAGE_UNSUPPORTED_FORMAT: invalid("the upload is not a photo of a supported format"),
  IMAGE_CORRUPT: invalid("the photo's structure or its pixels are broken"),
  IMAGE_TRUNCATED: invalid("the photo's file ends before its image data is complete"),
  IMAGE_TOO_SMALL: invalid("a side of the photo is shorter than the limit"),
  IMAGE_TOO_MANY_PIXELS: invalid("the photo has more pixels than the limit"),
  IMAGE_TOO_MANY_FRAMES: invalid("the animation has more frames than the limit"),
  SOUND_UNSUPPORTED_FORMAT: invalid("the sound is not of a supported format"),
  SOUND_CORRUPT: invalid("the sound's structure or its samples are broken"),
  UPLOAD_TOO_LARGE: invalid("the upload has more bytes than the limit"),
  UPLOAD_EXPIRED: row(
    "DEADLINE_EXCEEDED",
    "no",
    "the upload paused for too long, or took too long in total",
  ),
  PARAMETER_OUT_OF_RANGE: invalid("a parameter is outside its range"),
  PARAMETER_CONFLICT: invalid("two parameters exclude each other"),
  PARAMETER_UNKNOWN: invalid("the request has a field or a value that this server does not know"),
  PRESET_UNKNOWN: invalid("there is no camera preset of this name"),
  CODEC_UNAVAILABLE: invalid("no encoder of this mesh can make this container or codec"),
  OUTPUT_TOO_LARGE: precondition("an output is larger than an encoder may write"),
  CAMERA_LIMIT_EXCEEDED: precondition(
    "the camera would hide or stretch more of this photo than its limits allow",
  ),
  FILE_NOT_FOUND: row(
    "NOT_FOUND",
    "no",
    "a file or folder that the command was given does not exist or cannot be read",
  ),
  MODEL_UNKNOWN: row("NOT_FOUND", "no", "there is no depth model of this name"),
  MODEL_FILE_NOT_FOUND: row("NOT_FOUND", "no", "the source of a model does not have the file"),
  JOB_NOT_FOUND: row(
    "NOT_FOUND",
    "no",
    "there is no job of this name, or the request's job has ended and was deleted",
  ),
  JOB_RECORD_UNREADABLE: row(
    "DATA_LOSS",
    "no",
    "the job's record is damaged, or a later version of the server has written it",
  ),
  DEAD_LETTER_NOT_FOUND: row(
    "NOT_FOUND",
    "no",
    "no dead letter exists for this job, or it was already handled",
  ),
  ARTIFACT_NOT_FOUND: row("NOT_FOUND", "no", "the job has no artifact of this name"),
  BLOB_NOT_FOUND: row("NOT_FOUND", "no", "the blob store does not have this blob"),
  BLOB_CORRUPT: row(
    "DATA_LOSS",
    "no",
    "a stored file differs from its hash or its size, as after a defect of the disk",
  ),
  MODEL_LICENCE_FORBIDDEN: precondition(
    "the model's licence forbids commercial use, and the operator has not allowed it",
  ),
  MODEL_CORRUPT: precondition("a model file differs from its manifest"),
  MODEL_NOT_INSTALLED: precondition("the model is known, but its file is not installed"),
  MODEL_SOURCE_LOST: retried(
    "the source of a model's file cannot be reached, or the download broke off",
  ),
  JOB_ALREADY_TERMINAL: precondition("the job has ended"),
  JOB_NOT_READY: precondition("the job has not made this file or stage output yet"),
  LEASE_LOST: row("ABORTED", "no", "another worker has taken over the stage"),
  PULL_SUPERSEDED: row("ABORTED", "no", "a newer request reads the same frames, and only one may"),
  STREAM_RESTARTED: row(
    "ABORTED",
    "no",
    "the encode started again: the bytes received so far belong to an attempt without a result; read again from the start",
  ),
  QUEUE_FULL: row("RESOURCE_EXHAUSTED", "after-delay", "the queue of the depth stage is full"),
  STORAGE_FULL: row(
    "RESOURCE_EXHAUSTED",
    "after-delay",
    "the blob store or an encoder's disk is full",
  ),
  RATE_LIMITED: row(
    "RESOURCE_EXHAUSTED",
    "after-delay",
    "too many uploads or calls run at the same time, or too many calls came in a second",
  ),
  QUOTA_EXCEEDED: row(
    "RESOURCE_EXHAUSTED",
    "after-delay",
    "the tenant has used what its quota allows",
  ),
  CREDENTIALS_MISSING: row(
    "UNAUTHENTICATED",
    "no",
    "the call shows no credentials, and this port wants some",
  ),
  CREDENTIALS_INVALID: row(
    "UNAUTHENTICATED",
    "no",
    "the key, the token or the certificate of the call is not accepted",
  ),
  CREDENTIALS_EXPIRED: row(
    "UNAUTHENTICATED",
    "no",
    "the key or the token of the call is no longer valid",
  ),
  ROLE_REQUIRED: row("PERMISSION_DENIED", "no", "the caller's roles do not allow this call"),
  ORIGIN_FORBIDDEN: row(
    "PERMISSION_DENIED",
    "no",
    "the HTTP request comes from a page of another site, or by a host name that this server does not know",
  ),
  UPLOAD_NOT_FOUND: row("NOT_FOUND", "no", "there is no upload of this name, or it has expired"),
  UPLOAD_OFFSET_MISMATCH: row(
    "OUT_OF_RANGE",
    "no",
    "the part does not begin where the committed bytes end: ask GetUpload, and go on there",
  ),
  UPLOAD_CHECKSUM_MISMATCH: row(
    "DATA_LOSS",
    "no",
    "the bytes differ from their CRC-32C or SHA-256: send them again",
  ),
  UPLOAD_INCOMPLETE: precondition("the upload is not finished"),
  UPLOAD_ADDRESS_UNAVAILABLE: precondition(
    "the mesh's files do not lie in S3, so that it has no address at which a store takes a file",
  ),
  UPLOAD_SUPERSEDED: row("ABORTED", "no", "a newer call writes the same upload, and only one may"),
  WEBHOOK_NOT_FOUND: row(
    "NOT_FOUND",
    "no",
    "there is no webhook, or no failure of one, of this name",
  ),
  WEBHOOK_ADDRESS_FORBIDDEN: invalid("the webhook's address is not one that the mesh may call"),
  WORKER_NOT_FOUND: row("NOT_FOUND", "no", "no process of the mesh has this name"),
  API_KEY_NOT_FOUND: row("NOT_FOUND", "no", "there is no API key of this name"),
  GPU_OUT_OF_MEMORY: retried("the GPU has too little memory for the model or the scene"),
  OUT_OF_MEMORY: retried("the machine has too little memory for the model or for frames"),
  INFERENCE_FAILED: row(
    "INTERNAL",
    "no",
    "the model failed, produced no usable map, or took too long",
  ),
  RENDERER_LOST: retried("the graphics context could not be created, or was lost"),
  ENCODER_CRASHED: retried("the video encoder ended with an error"),
  FRAME_SOURCE_LOST: retried("the render worker of these frames has stopped or cannot be reached"),
  RENDERER_UNREACHABLE: retried(
    "the encode workers cannot connect to the address that a live render worker advertises",
  ),
  FRAMES_NOT_LOCAL: precondition(
    "renderer and encoder can share no socket, and DEPTHMESH_FRAMES_BY allows nothing else",
  ),
  WORKER_LOST: retried("a worker stopped while it worked on the stage"),
  BUS_UNAVAILABLE: retried("NATS does not answer"),
  CATALOGUE_UNAVAILABLE: row(
    "UNAVAILABLE",
    "after-delay",
    "the catalogue of jobs is away or being built; jobs go on, and can be read by their names",
  ),
  STAGE_STALLED: retried(
    "a process or thread of the stage made no progress and was killed, or the stage took too long",
  ),
  CODEC_ELSEWHERE: retried(
    "this encode worker does not have the codec; another worker of the mesh has it",
  ),
  STORAGE_UNAVAILABLE: row(
    "UNAVAILABLE",
    "after-delay",
    "a disk of the mesh is read-only or defective, its S3 store cannot be used, or a process may open no more files",
  ),
  SERVICE_UNAVAILABLE: retried("a service of the mesh cannot be reached"),
  DRAINING: row("UNAVAILABLE", "after-delay", "the process is shutting down"),
  JOB_DEADLINE_EXCEEDED: row("DEADLINE_EXCEEDED", "no", "the job or the call ran out of time"),
  JOB_CANCELLED: row("CANCELLED", "no", "the job or the call was cancelled"),
  CALLER_GONE: row("CANCELLED", "no", "the client of the Convert call that made the job has gone"),
  IDEMPOTENCY_CONFLICT: row("ALREADY_EXISTS", "no", "the request id was used with another request"),
  POISONED: row("INTERNAL", "no", "a stage failed or crashed too often"),
  METHOD_UNKNOWN: row("UNIMPLEMENTED", "no", "this server has no method or service of this name"),
  SERVICE_UNKNOWN: row("NOT_FOUND", "no", "the health service knows no service of this name"),
  INTERNAL: row("INTERNAL", "no", "a defect of the server"),
} as const satisfies Record<string, ReasonRow>;

export type Reason = keyof typeof REASONS;

export function isReason(value: string): value is Reason {
  return Object.hasOwn(REASONS, value);
}

function row(code: GrpcCodeName, retry: RetryAdvice, meaning: string): ReasonRow {
  return { code, retry, meaning };
}

function invalid(meaning: string): ReasonRow {
  return row("INVALID_ARGUMENT", "no", meaning);
}

function precondition(meaning: string): ReasonRow {
  return row("FAILED_PRECONDITION", "no", meaning);
}

/** A failure of the mesh that it has already retried. */
function retried(meaning: string): ReasonRow {
  return row("UNAVAILABLE", "inside", meaning);
}
