/** The HTTP status of each reason. */
import { type GrpcCodeName, REASONS, type Reason } from "../../core/error-reasons.js";

/** As google.rpc.Code lists them. */
const OF_CODE: Readonly<Record<GrpcCodeName, number>> = {
  CANCELLED: 499,
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  OUT_OF_RANGE: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
};

/** Where HTTP can say more than the gRPC code does. */
const OF_REASON: Readonly<Partial<Record<Reason, number>>> = {
  // What the request refers to is in another state than the request needs.
  JOB_NOT_READY: 409,
  JOB_ALREADY_TERMINAL: 409,
  UPLOAD_INCOMPLETE: 409,
  UPLOAD_OFFSET_MISMATCH: 409,
  MODEL_NOT_INSTALLED: 409,
  MODEL_LICENCE_FORBIDDEN: 403,
  // The mesh keeps its files where no address can be given.
  UPLOAD_ADDRESS_UNAVAILABLE: 501,
  // What was sent.
  UPLOAD_TOO_LARGE: 413,
  IMAGE_UNSUPPORTED_FORMAT: 415,
  SOUND_UNSUPPORTED_FORMAT: 415,
  UPLOAD_CHECKSUM_MISMATCH: 400,
  UPLOAD_EXPIRED: 408,
  // The request is understood, and this photo does not allow it.
  CAMERA_LIMIT_EXCEEDED: 422,
  OUTPUT_TOO_LARGE: 422,
  // Faults of the mesh, whoever calls.
  QUEUE_FULL: 503,
  STORAGE_FULL: 507,
  MODEL_CORRUPT: 500,
  FRAMES_NOT_LOCAL: 500,
};

export function httpStatusOf(reason: Reason): number {
  return OF_REASON[reason] ?? OF_CODE[REASONS[reason].code];
}
