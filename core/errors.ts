/** The error class of the whole system. */
import { REASONS, type Reason } from "./error-reasons.js";
import { cutText, MAX_MESSAGE_BYTES, MAX_METADATA_VALUE_BYTES, unsaidFacts } from "./error-text.js";

/** The `domain` of every ErrorInfo. */
export const ERROR_DOMAIN = "depthmesh";

export interface ErrorOptions {
  /**
   * Facts for the caller: limits and actual values, with units in the keys. Never contents or file
   * names of uploads.
   */
  readonly metadata?: Record<string, string>;
  /** For the log only: it is never sent to a caller. */
  readonly cause?: unknown;
  /** Every field that is at fault; by default the one that the metadata names. */
  readonly violations?: readonly FieldViolation[];
  /** When the same call may succeed, if the server knows it; of a received error, what it said. */
  readonly retryDelayMs?: number | undefined;
}

/** One field of a request that is at fault. */
export interface FieldViolation {
  /** Its path in the request, or for a spec in JobSpec, such as `outputs[1].crf`. */
  readonly field: string;
  /** What is wrong with it, with the limit and the actual value, for people. */
  readonly description: string;
  readonly reason: string;
}

/**
 * An error with a reason from the table. `message` is written for the caller; `cause` goes to the
 * log only. Texts that are too long are cut: the message to 1 KiB, each value of the metadata to
 * half of that.
 */
export class DepthmeshError extends Error {
  override readonly name = "DepthmeshError";
  readonly reason: Reason;
  readonly metadata: Record<string, string>;
  readonly violations: readonly FieldViolation[];
  readonly retryDelayMs: number | undefined;

  constructor(reason: Reason, message: string, options: ErrorOptions = {}) {
    super(cutText(message, MAX_MESSAGE_BYTES), { cause: options.cause });
    this.reason = reason;
    this.metadata = Object.fromEntries(
      Object.entries(options.metadata ?? {}).map(([key, value]) => [
        key,
        cutText(value, MAX_METADATA_VALUE_BYTES),
      ]),
    );
    this.violations = options.violations ?? violationsOf(this);
    this.retryDelayMs = options.retryDelayMs;
  }

  /** Whether a worker that gets the same order again could succeed. */
  get retryable(): boolean {
    const { code, retry } = REASONS[this.reason];
    return retry !== "no" || code === "ABORTED";
  }
}

/** What an error says about the field that its metadata names, if it names one. */
function violationsOf({
  reason,
  message,
  metadata: { field, ...facts },
}: Pick<DepthmeshError, "reason" | "message" | "metadata">): FieldViolation[] {
  if (field === undefined) return [];
  return [{ field, description: message + unsaidFacts(message, facts), reason }];
}

/** The ends of a range, as numbers or as text such as a time; one of them may be open. */
export interface RangeLimits {
  readonly minimum?: number | string | undefined;
  readonly maximum?: number | string | undefined;
}

/** PARAMETER_OUT_OF_RANGE, with the field, the actual value and the limits as metadata. */
export function rangeError(
  field: string,
  actual: number | string,
  { minimum, maximum }: RangeLimits,
  message = `${field} is ${actual}; it must be ${rangeWords({ minimum, maximum })}`,
): DepthmeshError {
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: {
      field,
      actual: String(actual),
      ...(minimum !== undefined && { limit_minimum: String(minimum) }),
      ...(maximum !== undefined && { limit_maximum: String(maximum) }),
    },
  });
}

function rangeWords({ minimum, maximum }: RangeLimits): string {
  if (minimum === undefined) return `at most ${maximum}`;
  return maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`;
}

function systemCode(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}

/** Whether a write failed because the disk, or the user's share of it, has no room. */
export function isDiskFull(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** Faults of the machine that pass, or that a person mends: no job is to blame. */
const STORAGE_FAULTS: ReadonlyMap<unknown, string> = new Map([
  ["EROFS", "a disk is read-only"],
  ["EIO", "a disk has failed to read or write"],
  ["EMFILE", "the process may open no more files"],
  ["ENFILE", "the machine may open no more files"],
]);

/**
 * Any thrown value as a DepthmeshError: STORAGE_FULL for a full disk, STORAGE_UNAVAILABLE for one
 * that fails, JOB_CANCELLED for an AbortError, else INTERNAL.
 */
export function toDepthmeshError(thrown: unknown): DepthmeshError {
  if (thrown instanceof DepthmeshError) return thrown;
  if (isDiskFull(thrown)) {
    return new DepthmeshError("STORAGE_FULL", "a disk is full", { cause: thrown });
  }
  const fault = STORAGE_FAULTS.get(systemCode(thrown));
  if (fault !== undefined)
    return new DepthmeshError("STORAGE_UNAVAILABLE", fault, { cause: thrown });
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new DepthmeshError("JOB_CANCELLED", "the work was cancelled", { cause: thrown });
  }
  return new DepthmeshError("INTERNAL", "internal error", { cause: thrown });
}
