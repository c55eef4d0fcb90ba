/** A field this server does not know is an error, never silence. */
import { DepthmeshError } from "../../core/errors.js";

/** Throws PARAMETER_UNKNOWN with the first unknown field's number and the message it stands in. */
export function refuseUnknownFields(message: object, path = "request"): void {
  for (const [key, value] of Object.entries(message)) {
    if (key === "_unknownFields") refuse(value, path);
    else if (Array.isArray(value)) {
      for (const item of value) {
        if (isMessage(item)) refuseUnknownFields(item, `${path}.${key}`);
      }
    } else if (isMessage(value)) refuseUnknownFields(value, `${path}.${key}`);
  }
}

function isMessage(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

function refuse(unknown: object | undefined, path: string): void {
  const [tag] = Object.keys(unknown ?? {});
  if (tag === undefined) return;
  // The key is the wire tag: the field's number and, in the low three bits, its wire type.
  const fieldNumber = String(Number(tag) >>> 3);
  throw new DepthmeshError("PARAMETER_UNKNOWN", `${path} has an unknown field ${fieldNumber}`, {
    metadata: { message: path, field_number: fieldNumber },
  });
}
