/** The refusals of credentials. None tells which part of a key or a token was wrong. */
import { DepthmeshError } from "../../../core/errors.js";

export function credentialsMissing(): DepthmeshError {
  return new DepthmeshError(
    "CREDENTIALS_MISSING",
    "the call shows no credentials: send an API key or a token as `authorization: Bearer …`, or a client certificate",
  );
}

/** `cause` is for the log; it never holds the credentials themselves. */
export function credentialsInvalid(cause?: unknown): DepthmeshError {
  return new DepthmeshError("CREDENTIALS_INVALID", "the call's credentials are not accepted", {
    cause,
  });
}

/** Of credentials that were right until `expiredAtMs` (Unix time). */
export function credentialsExpired(expiredAtMs: number): DepthmeshError {
  const time = new Date(Math.max(0, expiredAtMs)).toISOString();
  return new DepthmeshError("CREDENTIALS_EXPIRED", "the call's credentials have expired", {
    metadata: { expire_time: time },
  });
}
