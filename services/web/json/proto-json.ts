/**
 * Messages of the protocol as JSON, in the form that proto3 defines: lowerCamelCase names, enums by
 * name, 64-bit numbers as strings, bytes in base 64, times in RFC 3339.
 */
import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { DepthmeshError } from "../../../core/errors.js";
import { REGISTRY } from "./descriptors.js";
import { jsonFaults } from "./json-faults.js";

/**
 * The bytes of a message that was received as JSON. Throws PARAMETER_UNKNOWN, with each field that
 * the message does not have, or that cannot hold its value.
 */
export function encodeJson(message: DescMessage, json: unknown): Uint8Array {
  try {
    return toBinary(message, fromJson(message, json as JsonValue, { registry: REGISTRY }));
  } catch (cause) {
    const violations = jsonFaults(message, json);
    const [first] = violations;
    const why = first?.description ?? (cause instanceof Error ? cause.message : String(cause));
    throw new DepthmeshError("PARAMETER_UNKNOWN", why, {
      ...(first && { metadata: { field: first.field } }),
      violations,
      cause,
    });
  }
}

/** The JSON of a message. Fields that have their default are left out, as proto3 says. */
export function decodeToJson(message: DescMessage, bytes: Uint8Array): JsonValue {
  return toJson(message, fromBinary(message, bytes), { registry: REGISTRY });
}
