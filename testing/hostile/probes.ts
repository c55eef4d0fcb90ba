/** For each field that holds text, and each hostile text: the messages of a call that sends it. */
import {
  type DescMessage,
  type DescMethod,
  fromJson,
  type JsonObject,
  toBinary,
} from "@bufbuild/protobuf";
import { baseText, joined } from "./base-requests.js";
import { stringFields } from "./string-fields.js";

export interface Probe {
  /** For people: the method, the field and the text. */
  readonly what: string;
  readonly service: string;
  /** As in `:path`. */
  readonly path: string;
  readonly messages: readonly Uint8Array[];
}

/**
 * Where a field has a name such as `jobs/{id}`, texts stand in place of the id and behind it too.
 */
export function probesOf(
  { input, name, parent: { typeName: service } }: DescMethod,
  bases: Readonly<Record<string, JsonObject>>,
  texts: ReadonlyMap<string, string>,
): Probe[] {
  const base = bases[input.typeName] ?? {};
  return stringFields(input).flatMap((field) => {
    const own = baseText(base, field.withText(""));
    return [...variants(texts, own)].map(([kind, text]) => ({
      ...{ service, path: `/${service}/${name}` },
      what: `${service}/${name}, ${field.path}: ${kind}`,
      messages: messagesOf(input, base, field.withText(text)),
    }));
  });
}

function* variants(texts: ReadonlyMap<string, string>, own = ""): Generator<[string, string]> {
  yield* texts;
  const prefix = own.slice(0, own.lastIndexOf("/") + 1);
  if (prefix === "") return;
  for (const [kind, text] of texts) {
    yield [`${kind} after ${prefix}`, prefix + text];
    yield [`${kind} after the name`, own + text];
  }
}

/** A part that is not of the first message follows a right one. */
function messagesOf(input: DescMessage, base: JsonObject, change: JsonObject): Uint8Array[] {
  const isOther = Object.keys(base).length > 0 && oneofOf(input, base) !== undefined;
  const [key = ""] = Object.keys(change);
  const bytes = (json: JsonObject) => toBinary(input, fromJson(input, json));
  if (isOther && !(key in base)) return [bytes(base), bytes(change)];
  return [bytes(withoutRivals(input, joined(base, change) as JsonObject, change))];
}

/** The oneof that all of a message is in, as of the requests of streams. */
function oneofOf({ fields }: DescMessage, base: JsonObject): string | undefined {
  const of = fields.find(({ jsonName }) => jsonName in base)?.oneof?.name;
  return fields.every(({ oneof }) => oneof?.name === of) ? of : undefined;
}

/** Of each oneof, the field of `change` alone. */
function withoutRivals(message: DescMessage, json: JsonObject, change: JsonObject): JsonObject {
  const rivals = new Set<string>();
  for (const { jsonName, oneof } of message.fields) {
    if (!(jsonName in change) || !oneof) continue;
    for (const rival of oneof.fields) if (rival.jsonName !== jsonName) rivals.add(rival.jsonName);
  }
  const entries = Object.entries(json).filter(([key]) => !rivals.has(key));
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const field = message.fields.find(({ jsonName }) => jsonName === key);
      const inner = change[key];
      const isInner = field?.fieldKind === "message" && isJsonObject(value) && isJsonObject(inner);
      return [key, isInner ? withoutRivals(field.message, value, inner) : value];
    }),
  );
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
