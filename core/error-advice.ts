/** What a caller should do about an error, and after which time. */
import { type GrpcCodeName, REASONS, type Reason } from "./error-reasons.js";

/**
 * Seconds after which the same call may succeed; a server adds up to as much again at random, so
 * that callers who were refused together do not come back together. Reasons that are absent have no
 * such time.
 */
const RETRY_DELAY_SECONDS: Readonly<Partial<Record<Reason, number>>> = {
  /** Another gateway serves already, or the new process does in a moment. */
  DRAINING: 1,
  SERVICE_UNAVAILABLE: 1,
  BUS_UNAVAILABLE: 2,
  CATALOGUE_UNAVAILABLE: 2,
  RATE_LIMITED: 2,
  QUOTA_EXCEEDED: 60,
  /** The time in which a stage finishes a job or two. */
  QUEUE_FULL: 5,
  /** A person or the sweep must free the disk. */
  STORAGE_FULL: 30,
  STORAGE_UNAVAILABLE: 30,
};

export function retryDelaySeconds(reason: Reason): number | undefined {
  return RETRY_DELAY_SECONDS[reason];
}

const BY_CODE: Readonly<Record<GrpcCodeName, string>> = {
  INVALID_ARGUMENT: "change the request: the message and the metadata say what and to which limit",
  NOT_FOUND: "check the name",
  UNAUTHENTICATED: "show a key, a token or a certificate that this mesh accepts",
  PERMISSION_DENIED: "ask the operator for the role that the metadata names",
  OUT_OF_RANGE: "go on where the server stands",
  ALREADY_EXISTS: "choose another request id",
  FAILED_PRECONDITION: "change what the message names, then call again",
  RESOURCE_EXHAUSTED: "call again after RetryInfo's delay",
  UNAVAILABLE:
    "of a call: call again after a second; of a job, which has tried again by itself: RetryJob",
  ABORTED: "call again",
  DEADLINE_EXCEEDED: "call again with more time",
  CANCELLED: "nothing: somebody wanted it",
  UNIMPLEMENTED: "use a client that fits this version, or a server that has the method",
  DATA_LOSS: "tell the operator; make the job again from its photo",
  INTERNAL: "report it with the trace id; calling again seldom helps",
};

const BY_REASON: Readonly<Partial<Record<Reason, string>>> = {
  ORIGIN_FORBIDDEN:
    "ask the operator to name the page's origin or the server's host name in its settings",
  UPLOAD_EXPIRED: "upload again, without pauses",
  UPLOAD_ADDRESS_UNAVAILABLE: "send the bytes with WriteUpload",
  UPLOAD_SUPERSEDED: "nothing, if the newer call is yours; otherwise find out who writes there",
  UPLOAD_CHECKSUM_MISMATCH:
    "ask GetUpload and send again from there; if the whole differs, begin another upload",
  CODEC_UNAVAILABLE: "choose a format that ListEncoders shows as available",
  JOB_ALREADY_TERMINAL: "nothing, or RetryJob",
  JOB_NOT_READY: "wait for the job with WatchJob",
  LEASE_LOST: "nothing: workers use it among themselves",
  PULL_SUPERSEDED: "nothing: workers use it among themselves",
  STREAM_RESTARTED: "throw the received bytes away and read again from the start",
  DRAINING:
    "call again after RetryInfo's delay; the job in the metadata goes on, so watch it or read it by its name",
  BUS_UNAVAILABLE: "call again after RetryInfo's delay",
  CATALOGUE_UNAVAILABLE: "call again after RetryInfo's delay; the gateway's log says why",
  SERVICE_UNAVAILABLE: "call again after RetryInfo's delay",
  GPU_OUT_OF_MEMORY: "RetryJob, or ask for a smaller size or a smaller model",
  OUT_OF_MEMORY: "RetryJob, or ask for a smaller model",
  INFERENCE_FAILED: "choose another model, or let `degrade_policy` fall back",
  STORAGE_UNAVAILABLE: "tell the operator; call again when the disk works",
  JOB_DEADLINE_EXCEEDED: "set a later deadline, or none",
  POISONED:
    "tell the operator: the job has a dead letter; change what it asks for, or RetryJob later",
};

/** One line for docs/errors.md. */
export function callerShould(reason: Reason): string {
  return BY_REASON[reason] ?? BY_CODE[REASONS[reason].code];
}
