/** The routes that are more than one call with one answer, and how the document describes them. */
import type { Operation } from "./schema.js";
import type { OperationSources } from "./unary-operations.js";

export interface DescribedRoute {
  readonly verb: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** As in OpenAPI: `{job}` is one segment. */
  readonly path: string;
  readonly describe: (sources: OperationSources) => Operation;
}

const SERVICE = { tags: ["Service"] } as const;

export const OTHER_ROUTES: readonly DescribedRoute[] = [
  {
    verb: "GET",
    path: "/openapi.json",
    describe: () => ({
      ...SERVICE,
      operationId: "getDescription",
      summary: "This document",
      security: [],
      responses: {
        "200": {
          description: "The description of the interface, as OpenAPI 3.1.",
          content: { "application/json": { schema: { type: "object" } } },
        },
      },
    }),
  },
];
