/**
 * Every field of a request that holds text, found in the descriptors of the protocol, so that a
 * method or a field of tomorrow is probed too.
 */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** All methods in the compiler's descriptors, `bytes`. */
export function methodsIn(bytes: Uint8Array): DescMethod[] {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  return [...registry].flatMap((type) => (type.kind === "service" ? type.methods : []));
}

export interface StringField {
  /** For people, such as `header.labels{key}`. */
  readonly path: string;
  /** The JSON of a message that has this text in the field, and nothing else. */
  withText(text: string): JsonObject;
}

/** Times and the like have a JSON form of their own, and no texts. */
const WELL_KNOWN = "google.protobuf.";

/** The fields of `message` and of the messages in it; one that holds itself is entered once. */
export function stringFields(
  message: DescMessage,
  entered: readonly DescMessage[] = [],
): StringField[] {
  if (entered.includes(message) || message.typeName.startsWith(WELL_KNOWN)) return [];
  const within = [...entered, message];
  return message.fields.flatMap((field) =>
    placesIn(field, within).map(({ path, withText }) => ({
      path,
      withText: (text) => ({ [field.jsonName]: withText(text) }),
    })),
  );
}

interface Place {
  readonly path: string;
  withText(text: string): JsonValue;
}

function placesIn(field: DescField, entered: readonly DescMessage[]): Place[] {
  const inside = (message: DescMessage, separator: string): Place[] =>
    stringFields(message, entered).map(({ path, withText }) => ({
      path: field.name + separator + path,
      withText,
    }));
  switch (field.fieldKind) {
    case "scalar":
      if (field.scalar !== ScalarType.STRING) return [];
      return [{ path: field.name, withText: (text) => text }];
    case "message":
      return inside(field.message, ".");
    case "list":
      if (field.listKind === "message") {
        return inside(field.message, "[].").map(({ path, withText }) => ({
          path,
          withText: (text) => [withText(text)],
        }));
      }
      if (field.listKind !== "scalar" || field.scalar !== ScalarType.STRING) return [];
      return [{ path: `${field.name}[]`, withText: (text) => [text] }];
    case "map":
      return mapPlaces(field, inside);
    default:
      return [];
  }
}

type MapField = DescField & { readonly fieldKind: "map" };

/** Keys are written as own properties, because one may be `__proto__`. */
function mapPlaces(
  field: MapField,
  inside: (message: DescMessage, separator: string) => Place[],
): Place[] {
  const places: Place[] = [];
  const isText = field.mapKind === "scalar" && field.scalar === ScalarType.STRING;
  if (field.mapKey === ScalarType.STRING && isText) {
    const withText = (text: string) => Object.fromEntries([[text, "value"]]);
    places.push({ path: `${field.name}{key}`, withText });
  }
  if (isText) places.push({ path: `${field.name}{}`, withText: (text) => ({ key: text }) });
  if (field.mapKind !== "message") return places;
  return inside(field.message, "{}.").map(({ path, withText }) => ({
    path,
    withText: (text) => ({ key: withText(text) }),
  }));
}
