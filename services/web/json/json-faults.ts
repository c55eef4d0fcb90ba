/** What is wrong with JSON that is no message: each field at fault, by its path. */
import { type DescField, type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
import type { FieldViolation } from "../../../core/errors.js";
import { REGISTRY } from "./descriptors.js";

/** As many as an error over gRPC has. */
const MAX_FAULTS = 32;
/** These messages have a JSON form of their own. */
const OWN_FORM = /^google\.protobuf\./;

export function jsonFaults(message: DescMessage, json: unknown): FieldViolation[] {
  const faults: FieldViolation[] = [];
  for (const fault of faultsIn(message, json, "")) {
    faults.push(fault);
    if (faults.length === MAX_FAULTS) break;
  }
  return faults;
}

function* faultsIn(message: DescMessage, json: unknown, path: string): Generator<FieldViolation> {
  if (OWN_FORM.test(message.typeName)) {
    yield* faultOf(path, () => fromJson(message, json as JsonValue, { registry: REGISTRY }));
    return;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    yield violation(path, `must be an object, and is ${kindOf(json)}`);
    return;
  }
  for (const [key, value] of Object.entries(json)) {
    const own = path === "" ? key : `${path}.${key}`;
    const field = message.fields.find(({ jsonName, name }) => jsonName === key || name === key);
    if (!field) yield violation(own, `is no field of ${message.name}`);
    else yield* faultsOfField(message, field, { key, value, path: own });
  }
}

interface Member {
  readonly key: string;
  readonly value: unknown;
  readonly path: string;
}

function* faultsOfField(
  message: DescMessage,
  field: DescField,
  { key, value, path }: Member,
): Generator<FieldViolation> {
  if (value === null) return;
  if (field.fieldKind === "message") {
    yield* faultsIn(field.message, value, path);
  } else if (field.fieldKind === "list" && field.message && Array.isArray(value)) {
    for (const [at, one] of value.entries()) yield* faultsIn(field.message, one, `${path}[${at}]`);
  } else {
    yield* faultOf(path, () =>
      fromJson(message, { [key]: value as JsonValue }, { registry: REGISTRY }),
    );
  }
}

function* faultOf(path: string, read: () => unknown): Generator<FieldViolation> {
  try {
    read();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    yield violation(path, words.replace(/^cannot decode .*? from JSON: /s, ""));
  }
}

function violation(path: string, description: string): FieldViolation {
  const field = path === "" ? "body" : path;
  return { field, description: `${field}: ${description}`, reason: "PARAMETER_UNKNOWN" };
}

function kindOf(json: unknown): string {
  if (json === null) return "null";
  return Array.isArray(json) ? "a list" : `a ${typeof json}`;
}
