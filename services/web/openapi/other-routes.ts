/** The routes that are more than one call with one answer, and how the document describes them. */
import { BYTE_ROUTES } from "./byte-routes.js";
import type { DescribedRoute } from "./described-route.js";

const SERVICE = { tags: ["Service"] } as const;

export const OTHER_ROUTES: readonly DescribedRoute[] = [
  ...BYTE_ROUTES,
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
