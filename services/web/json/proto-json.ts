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

/**
 * The bytes of a message that was received as JSON. Throws PARAMETER_UNKNOWN for a field that the
 * message does not have, and for a value that its field cannot hold.
 */
export function encodeJson(message: DescMessage, json: unknown): Uint8Array {
  try {
    return toBinary(message, fromJson(message, json as JsonValue, { registry: REGISTRY }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DepthmeshError("PARAMETER_UNKNOWN", why, { cause: error });
  }
}

/** The JSON of a message. Fields that have their default are left out, as proto3 says. */
export function decodeToJson(message: DescMessage, bytes: Uint8Array): JsonValue {
  return toJson(message, fromBinary(message, bytes), { registry: REGISTRY });
}
