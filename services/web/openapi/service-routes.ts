/** How the document describes what the service answers by itself: health, metrics, the session. */
import type { DescribedRoute } from "./described-route.js";
import { type FailureSources, failuresOf } from "./failures.js";
import { problemResponses } from "./problem-responses.js";
import type { JsonSchema, Operation } from "./schema.js";

const SERVICE = ["Service"];
const SESSION = ["Session"];

const HEALTH: JsonSchema = {
  type: "object",
  properties: { status: { type: "string", const: "SERVING" } },
  required: ["status"],
};

const WHO: JsonSchema = {
  type: "object",
  properties: {
    tenant: { type: "string", description: "The tenant of the caller." },
    roles: {
      type: "array",
      description: "What the caller may do.",
      items: { type: "string", enum: ["ROLE_USER", "ROLE_OPERATOR"] },
    },
    signedIn: { type: "boolean", description: "Whether a cookie keeps a key." },
  },
  required: ["tenant", "roles", "signedIn"],
};

const KEY: JsonSchema = {
  type: "object",
  properties: { key: { type: "string", description: "An API key or a JSON Web Token." } },
  required: ["key"],
  additionalProperties: false,
};

export const SERVICE_ROUTES: readonly DescribedRoute[] = [
  {
    verb: "GET",
    path: "/health/live",
    describe: ({ comments }) => ({
      ...named("getLiveness", SERVICE, "Whether the process answers", "Also while it drains."),
      security: [],
      responses: { "200": answer("It does.", HEALTH), ...problems("/health/live", comments) },
    }),
  },
  {
    verb: "GET",
    path: "/health/ready",
    describe: ({ comments }) => ({
      ...named(
        "getReadiness",
        SERVICE,
        "Whether requests are welcome",
        "Fails while the service drains, and while the gateway does not serve. Asked of the gateway once a second at most.",
      ),
      security: [],
      responses: { "200": answer("They are.", HEALTH), ...problems("/health/ready", comments) },
    }),
  },
  {
    verb: "GET",
    path: "/metrics",
    describe: ({ comments }) => ({
      ...named(
        "getMetrics",
        SERVICE,
        "Counts of requests for Prometheus",
        "By route, method and status, without names of jobs or callers. `DEPTHMESH_WEB_METRICS=off` removes the path.",
      ),
      security: [],
      responses: {
        "200": {
          description: "The text format of Prometheus.",
          content: { "text/plain": { schema: { type: "string" } } },
        },
        ...problems("/metrics", comments),
      },
    }),
  },
  {
    verb: "GET",
    path: "/session",
    describe: ({ comments }) => ({
      ...named("getSession", SESSION, "Who calls", "For the studio: whose key the request shows."),
      responses: { "200": answer("The caller.", WHO), ...problems("/session", comments) },
    }),
  },
  {
    verb: "PUT",
    path: "/session",
    describe: ({ comments }) => ({
      ...named(
        "putSession",
        SESSION,
        "Keep a key in a cookie",
        "For the studio: no script can read the cookie, and the browser sends it to this server only. The key is tried first.",
      ),
      security: [],
      requestBody: { required: true, content: { "application/json": { schema: KEY } } },
      responses: {
        "200": answer("Whose key it is.", WHO),
        ...problems("/session", comments, { takesBody: true }),
      },
    }),
  },
  {
    verb: "DELETE",
    path: "/session",
    describe: ({ comments }) => ({
      ...named("deleteSession", SESSION, "Forget the key", "Removes the cookie."),
      security: [],
      responses: { "204": { description: "It is removed." }, ...problems("/session", comments) },
    }),
  },
];

function named(
  operationId: string,
  tags: readonly string[],
  summary: string,
  description: string,
): Pick<Operation, "operationId" | "tags" | "summary" | "description"> {
  return { operationId, tags, summary, description };
}

function answer(description: string, schema: JsonSchema) {
  return { description, content: { "application/json": { schema } } };
}

function problems(
  path: string,
  comments: FailureSources["comments"],
  { takesBody = false }: { readonly takesBody?: boolean } = {},
) {
  return problemResponses(failuresOf([], { path, takesBody, comments }));
}
