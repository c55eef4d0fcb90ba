import { DepthmeshError } from "../../core/errors.js";

/** PARAMETER_CONFLICT of the messages of a stream: what is wrong, and the field that shows it. */
export function fieldConflict(message: string, field: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", message, { metadata: { field } });
}
