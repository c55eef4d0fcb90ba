/** The OpenAPI 3.1 document of the HTTP interface, from the tables that the service runs by. */
import { VERSION } from "../../../kit/process/package-path.js";
import { commentsOf } from "../json/comments.js";
import { messageOf, methodOf, REGISTRY } from "../json/descriptors.js";
import { UNARY_ROUTES } from "../routes/unary-routes.js";
import { STREAM_SCHEMAS } from "./job-routes.js";
import { MessageSchemas } from "./message-schemas.js";
import { OTHER_ROUTES } from "./other-routes.js";
import { parameterParts } from "./parameter-schemas.js";
import { commonResponses, PROBLEM_SCHEMAS } from "./problem-responses.js";
import type { JsonSchema, Operation, Paths, Response } from "./schema.js";
import { unaryOperation } from "./unary-operations.js";

type Requirement = Readonly<Record<string, readonly string[]>>;

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Requirement[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

const INTRODUCTION = [
  "One photo becomes a 2.5D parallax video. This is the HTTP form of the gRPC interface in",
  "proto/depthmesh/v1: the same calls, the same names, the same errors.",
  "\n\nMessages are JSON as proto3 defines it: 64-bit numbers are strings, bytes are base64, enums are",
  "names, and a field that has its default is left out of answers. A request may also have `null`",
  "for an absent field. A field that the server does not know is refused.",
  "\n\nA map in a query has its keys in the names of parameters: `labels.album=summer`.",
  "\n\nErrors are `application/problem+json` (RFC 9457); their `reason` is for programs.",
].join(" ");

const SECURITY_SCHEMES = {
  key: {
    type: "http",
    scheme: "bearer",
    description: "An API key, or a JSON Web Token where the operator accepts them.",
  },
  keyHeader: { type: "apiKey", in: "header", name: "x-api-key", description: "An API key." },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "depthmesh-key",
    description:
      "The page's key, which `PUT /session` puts into a cookie that scripts cannot read; over HTTPS its name begins with `__Host-`.",
  },
} as const;

/** Makes the document anew; callers keep it. */
export function openApiDocument(): OpenApiDocument {
  const comments = commentsOf(REGISTRY);
  const schemas = new MessageSchemas({
    comments,
    parts: parameterParts(messageOf("JobSpec")),
    requests: [
      ...UNARY_ROUTES.map(({ method }) => methodOf(method).input),
      ...["CreateJobHeader", "CreateUploadRequest"].map(messageOf),
    ],
  });
  const sources = { schemas, comments };
  const operations = [
    ...UNARY_ROUTES.map((route) => ({ ...route, operation: unaryOperation(route, sources) })),
    ...OTHER_ROUTES.map(({ describe, ...route }) => ({ ...route, operation: describe(sources) })),
  ];
  const paths: Record<string, Record<string, Operation>> = {};
  for (const { path, verb, operation } of operations) {
    paths[path] = { ...paths[path], [verb.toLowerCase()]: operation };
  }
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  return {
    openapi: "3.1.0",
    info: {
      title: "depthmesh",
      version: VERSION,
      description: INTRODUCTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    // A mesh without identity wants none of them.
    security: [{ key: [] }, { keyHeader: [] }, { session: [] }, {}],
    tags: tags.map((name) => ({
      name,
      description: comments.get(`depthmesh.v1.${name}Service`) ?? "The service itself.",
    })),
    paths,
    components: {
      schemas: { ...PROBLEM_SCHEMAS, ...STREAM_SCHEMAS, ...schemas.all() },
      responses: commonResponses(),
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}
