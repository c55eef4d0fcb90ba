/**
 * What the table of parameters says about the fields of a JobSpec, as parts of their schemas: unit,
 * range, default and choices.
 */
import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { PRESET_NAMES } from "../../../core/scene/presets.js";
import { type ParameterRow, rangeText } from "../../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../../core/spec/parameters.js";
import type { JsonSchema } from "./schema.js";

/** Parts of schemas by the path of a field, `TYPE.field`. */
export type SchemaParts = ReadonlyMap<string, JsonSchema>;

interface Place {
  /** `TYPE.field` of the parameter itself. */
  readonly own: string;
  /** `TYPE.field` of the field that holds the parameter's message; absent at the spec's top. */
  readonly holder: string | undefined;
  readonly field: DescField;
  readonly row: ParameterRow;
}

/**
 * The parts for every parameter. A message that stands for several parameters, as a vector does for
 * the camera's offset and its center, keeps its own schema, and the fields that hold it get the
 * parts as `properties`.
 */
export function parameterParts(spec: DescMessage): SchemaParts {
  const places = Object.values<ParameterRow>(PARAMETERS).map((row) => placeOf(spec, row));
  const shared = new Set(
    places.map(({ own }) => own).filter((own, index, all) => all.indexOf(own) !== index),
  );
  const parts = new Map<string, JsonSchema>([
    [`${spec.typeName.replace("JobSpec", "Camera")}.preset`, { enum: ["", ...PRESET_NAMES] }],
  ]);
  for (const { own, holder, field, row } of places) {
    const part = partOf(field, row);
    if (holder === undefined || !shared.has(own)) {
      parts.set(own, part);
    } else {
      const { properties } = parts.get(holder) ?? {};
      parts.set(holder, { properties: { ...properties, [field.jsonName]: part } });
    }
  }
  return parts;
}

function placeOf(spec: DescMessage, row: ParameterRow): Place {
  let message: DescMessage | undefined = spec;
  let place: Omit<Place, "row"> | undefined;
  for (const name of row.name.split(".")) {
    const field: DescField | undefined = message?.fields.find((each) => each.name === name);
    if (!message || !field) throw new Error(`JobSpec has no field ${row.name}`);
    place = { own: `${message.typeName}.${field.name}`, holder: place?.own, field };
    message = field.message;
  }
  if (!place) throw new Error("a parameter has no name");
  return { ...place, row };
}

function partOf(field: DescField, row: ParameterRow): JsonSchema {
  if (row.kind === "flag") return { default: row.defaultValue };
  if (row.kind === "choice") return field.enum ? choicePart(field.enum, row) : {};
  const { unit, animatable, minimum, maximum, exclusive, step, defaultValue } = row;
  const facts: JsonSchema = {
    ...(unit !== "" && { "x-unit": unit }),
    ...(animatable && { "x-animatable": true }),
  };
  // A message, such as the frame rate as a fraction, has no range of its own in JSON Schema; a
  // 64-bit number is a string.
  if (field.fieldKind !== "scalar" || isString(field)) {
    return { ...facts, description: `${row.meaning}: ${rangeText(row)}` };
  }
  const least =
    field.presence === FeatureSet_FieldPresence.IMPLICIT ? Math.min(0, minimum) : minimum;
  return {
    ...facts,
    ...(exclusive === "minimum" ? { exclusiveMinimum: least } : { minimum: least }),
    ...(exclusive === "maximum" ? { exclusiveMaximum: maximum } : { maximum }),
    ...(step > 0 && step !== 1 && { multipleOf: step }),
    ...(defaultValue !== undefined && { default: defaultValue }),
  };
}

const WIDE = new Set([3, 4, 6, 16, 18]);

/** Whether JSON has the number as a string: int64, uint64, fixed64, sfixed64, sint64. */
export function isString({ scalar }: DescField): boolean {
  return scalar !== undefined && WIDE.has(scalar);
}

function choicePart(
  desc: DescEnum,
  { choices, defaultValue }: Extract<ParameterRow, { kind: "choice" }>,
): JsonSchema {
  const byWord = new Map(desc.values.map(({ name, localName }) => [wordOf(localName), name]));
  const named = (word: string): string => {
    const name = byWord.get(word);
    if (name === undefined) throw new Error(`${desc.typeName} has no value for ${word}`);
    return name;
  };
  const unspecified = desc.values.find(({ number }) => number === 0)?.name ?? "";
  return {
    enum: [unspecified, ...choices.map(named)],
    ...(defaultValue !== undefined && { default: named(defaultValue) }),
  };
}

/** The choice that a value of an enum stands for: `SIERRA2_4A` is `sierra2-4a`. */
function wordOf(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
