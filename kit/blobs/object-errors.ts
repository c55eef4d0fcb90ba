/** What object stores throw. */
import { DepthmeshError } from "../../core/errors.js";

/** BLOB_NOT_FOUND for an object that is not there. */
export function objectNotFound(key: string, cause?: unknown): DepthmeshError {
  const message = "the store has no such object";
  return new DepthmeshError("BLOB_NOT_FOUND", message, { metadata: { key }, cause });
}

/** Of an object or of a blob. */
export function isNotFound(error: unknown): boolean {
  return error instanceof DepthmeshError && error.reason === "BLOB_NOT_FOUND";
}
