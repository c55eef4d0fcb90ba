/** What an S3 store answers, as errors that name the setting which is at fault. */
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";

/** What the SDK throws: an answer of the store, or a failure to reach it. */
interface Thrown {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const REFUSED = new Set([
  "AccessDenied",
  "AccountProblem",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidToken",
  "SignatureDoesNotMatch",
  "CredentialsProviderError",
]);
const FULL = new Set([
  "QuotaExceeded",
  "InsufficientStorage",
  "XMinioStorageFull",
  "EntityTooLarge",
]);
const CREDENTIALS =
  "DEPTHMESH_S3_ACCESS_KEY_ID and DEPTHMESH_S3_SECRET_ACCESS_KEY, or the credentials of AWS's own variables";

/** Whether the store has no such object, part or upload. */
export function isNoObject(thrown: unknown): boolean {
  const { name, status } = answerOf(thrown);
  if (name === "NoSuchBucket") return false;
  return name === "NoSuchKey" || name === "NotFound" || name === "NoSuchUpload" || status === 404;
}

export function isNoBucket(thrown: unknown): boolean {
  return answerOf(thrown).name === "NoSuchBucket";
}

/** Whether waiting cannot help: a setting is wrong. */
export function isWrongSetting(error: unknown): boolean {
  return error instanceof DepthmeshError && error.metadata.setting !== undefined;
}

/**
 * STORAGE_FULL, or STORAGE_UNAVAILABLE with what to look at. Never contains a credential: of what
 * the store said, only the name of its error is used.
 */
export function s3Error(thrown: unknown): DepthmeshError {
  if (thrown instanceof DepthmeshError) return thrown;
  const { name, status } = answerOf(thrown);
  if (FULL.has(name) || status === 507) {
    return new DepthmeshError("STORAGE_FULL", "the S3 store has no room", { cause: thrown });
  }
  if (name === "NoSuchBucket") {
    return wrong("the S3 store has no bucket of the name in DEPTHMESH_S3_BUCKET", "bucket", thrown);
  }
  if (name === "PermanentRedirect" || name === "AuthorizationHeaderMalformed" || status === 301) {
    const message = "the bucket is in another region than DEPTHMESH_S3_REGION says";
    return wrong(message, "region", thrown);
  }
  if (REFUSED.has(name) || status === 401 || status === 403) {
    const message = `the S3 store refuses the gateway (${name}): look at ${CREDENTIALS}`;
    return wrong(message, "credentials", thrown);
  }
  if (status === undefined && !isNetwork(thrown)) return toDepthmeshError(thrown);
  const what = status === undefined ? "cannot be reached" : `answers ${status}`;
  const message = `the S3 store ${what} (${name}): look at DEPTHMESH_S3_ENDPOINT and at the store`;
  return new DepthmeshError("STORAGE_UNAVAILABLE", message, { cause: thrown });
}

function wrong(message: string, setting: string, cause: unknown): DepthmeshError {
  return new DepthmeshError("STORAGE_UNAVAILABLE", message, { metadata: { setting }, cause });
}

const WORD = /^\w{1,64}$/;

function answerOf(thrown: unknown): { name: string; status: number | undefined } {
  const { name, code, $metadata } = (thrown ?? {}) as Thrown;
  // A failed connection is an AggregateError or an Error with a code.
  const said = [code, name].find((word) => typeof word === "string" && WORD.test(word));
  return { name: typeof said === "string" ? said : "no reason", status: $metadata?.httpStatusCode };
}

const NETWORK =
  /^(E[A-Z]+|ERR_SSL_\w+|CERT_\w+|\w*_CERT\w*|UNABLE_TO_\w+|TimeoutError|RequestTimeout|AbortError)$/;

function isNetwork(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return true;
  const { name, code } = (thrown ?? {}) as Thrown;
  return [name, code].some((word) => typeof word === "string" && NETWORK.test(word));
}
