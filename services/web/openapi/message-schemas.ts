/** The messages and enums of the API as JSON Schemas, in the form that proto3 gives their JSON. */
import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isString, type SchemaParts } from "./parameter-schemas.js";
import { type JsonSchema, refTo } from "./schema.js";

const INT32 = { type: "integer", format: "int32" } as const;
const UINT32 = { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 } as const;
const INT64 = { type: "string", format: "int64", pattern: "^-?[0-9]{1,19}$" } as const;
const UINT64 = { type: "string", format: "uint64", pattern: "^[0-9]{1,20}$" } as const;

const SCALARS: Readonly<Record<ScalarType, JsonSchema>> = {
  [ScalarType.DOUBLE]: { type: "number", format: "double" },
  [ScalarType.FLOAT]: { type: "number", format: "float" },
  [ScalarType.INT32]: INT32,
  [ScalarType.SINT32]: INT32,
  [ScalarType.SFIXED32]: INT32,
  [ScalarType.UINT32]: UINT32,
  [ScalarType.FIXED32]: UINT32,
  [ScalarType.INT64]: INT64,
  [ScalarType.SINT64]: INT64,
  [ScalarType.SFIXED64]: INT64,
  [ScalarType.UINT64]: UINT64,
  [ScalarType.FIXED64]: UINT64,
  [ScalarType.BOOL]: { type: "boolean" },
  [ScalarType.STRING]: { type: "string" },
  [ScalarType.BYTES]: { type: "string", contentEncoding: "base64" },
};

/** Types that have a form of their own in JSON. */
const WELL_KNOWN: Readonly<Record<string, JsonSchema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" },
  "google.protobuf.Empty": { type: "object", additionalProperties: false },
  "google.protobuf.Any": {
    type: "object",
    properties: { "@type": { type: "string" } },
    required: ["@type"],
    additionalProperties: true,
  },
};

export interface SchemaSources {
  readonly comments: ReadonlyMap<string, string>;
  readonly parts: SchemaParts;
  /** The messages of requests: the server refuses fields that they and theirs do not have. */
  readonly requests: readonly DescMessage[];
}

export class MessageSchemas {
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #closed = new Set<string>();
  readonly #sources: SchemaSources;

  constructor(sources: SchemaSources) {
    this.#sources = sources;
    for (const desc of sources.requests) this.#close(desc);
  }

  /** The schema of a message. A later version may extend a message that only answers have. */
  of(desc: DescMessage): JsonSchema {
    const wellKnown = WELL_KNOWN[desc.typeName];
    if (wellKnown) return wellKnown;
    const name = nameOf(desc);
    if (!this.#schemas.has(name)) {
      // Before its fields, because a message can hold itself.
      this.#schemas.set(name, {});
      this.#schemas.set(name, this.#objectOf(desc, desc.fields));
    }
    return refTo(name);
  }

  /** The schema of the body of a request whose other fields are in its path; no `ref`. */
  without(desc: DescMessage, fields: ReadonlySet<string>): JsonSchema {
    return this.#objectOf(
      desc,
      desc.fields.filter(({ name }) => !fields.has(name)),
    );
  }

  /** The schema of one field, with what its comment says. */
  ofField(field: DescField): JsonSchema {
    const path = `${field.parent.typeName}.${field.name}`;
    const description = this.#sources.comments.get(path);
    const part = this.#sources.parts.get(path);
    return { ...this.#typeOf(field), ...(description && { description }), ...part };
  }

  /** All schemas that were referred to, by name. */
  all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #close(desc: DescMessage): void {
    if (this.#closed.has(desc.typeName)) return;
    this.#closed.add(desc.typeName);
    for (const { message } of desc.fields) if (message) this.#close(message);
  }

  #typeOf(field: DescField): JsonSchema {
    switch (field.fieldKind) {
      case "list":
        return { type: "array", items: this.#elementOf(field) };
      case "map":
        return { type: "object", additionalProperties: this.#elementOf(field) };
      default:
        return this.#elementOf(field);
    }
  }

  #elementOf(field: DescField): JsonSchema {
    if (field.message) return this.of(field.message);
    if (field.enum) return this.#enumRef(field.enum);
    return field.scalar === undefined ? {} : SCALARS[field.scalar];
  }

  #objectOf(desc: DescMessage, fields: readonly DescField[]): JsonSchema {
    const description = this.#sources.comments.get(desc.typeName);
    const exclusive = desc.oneofs.map(({ fields }) => atMostOne(fields));
    return {
      type: "object",
      ...(description && { description }),
      properties: Object.fromEntries(fields.map((field) => [field.jsonName, this.ofField(field)])),
      ...(this.#closed.has(desc.typeName) && { additionalProperties: false }),
      ...(exclusive.length === 1 ? exclusive[0] : exclusive.length > 1 && { allOf: exclusive }),
    };
  }

  #enumRef(desc: DescEnum): JsonSchema {
    const name = nameOf(desc);
    const comment = (path: string) => this.#sources.comments.get(path) ?? "";
    if (!this.#schemas.has(name)) {
      const values = desc.values
        .map((value) => ({ name: value.name, text: comment(`${desc.typeName}.${value.name}`) }))
        .filter(({ text }) => text !== "")
        .map((value) => `- \`${value.name}\`: ${value.text}`);
      this.#schemas.set(name, {
        type: "string",
        description: [comment(desc.typeName), ...values].join("\n"),
        enum: desc.values.map((value) => value.name),
      });
    }
    return refTo(name);
  }
}

/** Members of a oneof: none of them, or one alone. */
function atMostOne(fields: readonly DescField[]): JsonSchema {
  const names = fields.map(({ jsonName }) => jsonName);
  return {
    oneOf: [
      ...names.map((name) => ({ required: [name] })),
      { properties: Object.fromEntries(names.map((name) => [name, false as const])) },
    ],
  };
}

/** Types of the API by their name, those of others by their full name. */
function nameOf({ name, typeName, file }: DescMessage | DescEnum): string {
  return file.proto.package === "depthmesh.v1" ? name : typeName;
}

/** The schema of a field of a query, which is text: a 64-bit number is written as digits. */
export function querySchema(field: DescField, schema: JsonSchema): JsonSchema {
  const { description: _said, ...rest } = schema;
  return isString(field) ? { type: "integer", format: "int64" } : rest;
}
