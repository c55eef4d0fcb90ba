/** The operations of the routes that are one call with one answer, from their table. */
import type { DescField, DescMessage, DescMethod } from "@bufbuild/protobuf";
import { methodOf } from "../json/descriptors.js";
import type { UnaryRoute } from "../routes/unary-routes.js";
import { failuresOf } from "./failures.js";
import { type MessageSchemas, querySchema } from "./message-schemas.js";
import { problemResponses } from "./problem-responses.js";
import type { Operation, Parameter } from "./schema.js";

export interface OperationSources {
  readonly schemas: MessageSchemas;
  readonly comments: ReadonlyMap<string, string>;
}

export function unaryOperation(route: UnaryRoute, sources: OperationSources): Operation {
  const { schemas, comments } = sources;
  const method = methodOf(route.method);
  const { input, output } = method;
  const inPath = new Set(Object.keys(route.fields ?? {}));
  const left = input.fields.filter(({ name }) => !inPath.has(name));
  const takesBody = route.verb === "POST" || route.verb === "PUT";
  const hasBody = takesBody && left.length > 0;
  const query = takesBody ? [] : left;
  const parameters = [
    ...pathParameters(route.path),
    ...query.flatMap((field) => queryParameter(field, schemas)),
  ];
  return {
    ...namesOf(method, comments),
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody && {
      requestBody: {
        content: { "application/json": { schema: bodySchema(input, inPath, schemas) } },
      },
    }),
    responses: {
      "200": {
        description: comments.get(output.typeName) || "It is done.",
        content: {
          "application/json": { schema: schemas.of(output) },
          ...(route.picture !== undefined && { "image/*": {} }),
        },
      },
      ...problemResponses(failuresOf([method], { path: route.path, takesBody: hasBody, comments })),
    },
  };
}

/** Id, tag, summary and description of an operation that stands for a method. */
export function namesOf(
  { parent, name }: DescMethod,
  comments: ReadonlyMap<string, string>,
): Pick<Operation, "operationId" | "tags" | "summary" | "description"> {
  const text = comments.get(`${parent.typeName}.${name}`) ?? "";
  return {
    operationId: `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    tags: [parent.name.replace(/Service$/, "")],
    summary: name.replace(/(?<=[a-z])(?=[A-Z])/g, " "),
    ...(text !== "" && { description: text }),
  };
}

/** A parameter for each `{name}` of a path: one segment, an id. */
export function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/([\w-]+)\/\{(\w+)\}/g)].map(([, collection = "", name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: `The id of the ${name}: what follows \`${collection}/\` in its name.`,
    schema: { type: "string" },
  }));
}

function bodySchema(input: DescMessage, inPath: ReadonlySet<string>, schemas: MessageSchemas) {
  return inPath.size === 0 ? schemas.of(input) : schemas.without(input, inPath);
}

/** A map such as labels has no parameter of OpenAPI: its keys are part of the names. */
function queryParameter(field: DescField, schemas: MessageSchemas): Parameter[] {
  if (field.fieldKind === "map") return [];
  const schema = schemas.ofField(field);
  return [
    {
      name: field.jsonName,
      in: "query",
      ...(schema.description && { description: schema.description }),
      schema: querySchema(field, schema),
    },
  ];
}
