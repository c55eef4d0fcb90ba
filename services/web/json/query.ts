/**
 * The query of a path as the JSON of a request: names are those of its fields, repeated ones
 * repeat, and an entry of a map is `labels.KEY=value`.
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { DepthmeshError } from "../../../core/errors.js";

/** Their JSON is one text. */
const TEXT_MESSAGES: ReadonlySet<string> = new Set([
  "google.protobuf.Timestamp",
  "google.protobuf.Duration",
]);

/**
 * Throws PARAMETER_UNKNOWN for a name that is no field, or one of `besides`, for a field that no
 * query can hold, and for one value too many.
 */
export function queryJson(
  message: DescMessage,
  query: URLSearchParams,
  besides: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [name, text] of query) {
    const { field, key } = fieldOf(message, name);
    if (!field || besides.has(field.name)) throw unknownName(name);
    add(json, field, key, { name, text });
  }
  return json;
}

/** The field of a name, and the key of its map if the name has one. */
function fieldOf(
  { fields }: DescMessage,
  name: string,
): { readonly field: DescField | undefined; readonly key: string | undefined } {
  const named = (wanted: string) =>
    fields.find(({ jsonName, name: own }) => jsonName === wanted || own === wanted);
  const dot = name.indexOf(".");
  const map = dot < 0 ? undefined : named(name.slice(0, dot));
  if (map?.fieldKind === "map") return { field: map, key: name.slice(dot + 1) };
  return { field: named(name), key: undefined };
}

interface Given {
  readonly name: string;
  readonly text: string;
}

function add(
  json: Record<string, unknown>,
  field: DescField,
  key: string | undefined,
  given: Given,
): void {
  const { jsonName } = field;
  switch (field.fieldKind) {
    case "map": {
      if (key === undefined) {
        throw wrong(given.name, `${given.name} has an entry for each key: ${given.name}.KEY=value`);
      }
      const entries = new Map(Object.entries((json[jsonName] as object | undefined) ?? {}));
      if (entries.has(key)) throw twice(given.name);
      json[jsonName] = Object.fromEntries(entries.set(key, wordOf(field.scalar, given)));
      return;
    }
    case "list":
      if (field.listKind === "message") throw unknownName(given.name);
      json[jsonName] = [...((json[jsonName] as unknown[]) ?? []), wordOf(field.scalar, given)];
      return;
    case "message":
      if (!TEXT_MESSAGES.has(field.message.typeName)) throw unknownName(given.name);
      break;
    default:
  }
  if (jsonName in json) throw twice(given.name);
  json[jsonName] = wordOf(field.scalar, given);
}

/** JSON takes numbers as texts, but no other words for true and false than its own. */
function wordOf(scalar: ScalarType | undefined, { name, text }: Given): unknown {
  if (scalar !== ScalarType.BOOL) return text;
  if (text === "true" || text === "false") return text === "true";
  throw wrong(name, `${name} is "${text}"; it must be true or false`);
}

function twice(name: string): DepthmeshError {
  return wrong(name, `the query names ${name} twice, and it has one value`);
}

function unknownName(name: string): DepthmeshError {
  return wrong(name, `the query has ${name}, which this path does not take`);
}

function wrong(name: string, message: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_UNKNOWN", message, { metadata: { field: name } });
}
