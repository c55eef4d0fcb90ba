/** The routes that are more than one call with one answer, and how the document describes them. */
import type { DescribedRoute } from "./described-route.js";
import { JOB_ROUTES } from "./job-routes.js";
import { SERVICE_ROUTES } from "./service-routes.js";
import { UPLOAD_ROUTES } from "./upload-routes.js";

const SERVICE = { tags: ["Service"] } as const;

export const OTHER_ROUTES: readonly DescribedRoute[] = [
  ...JOB_ROUTES,
  ...UPLOAD_ROUTES,
  ...SERVICE_ROUTES,
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
