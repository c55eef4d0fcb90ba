/** A route that is more than one call with one answer, and how the document describes it. */
import type { Operation } from "./schema.js";
import type { OperationSources } from "./unary-operations.js";

export interface DescribedRoute {
  readonly verb: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** As in OpenAPI: `{job}` is one segment. */
  readonly path: string;
  readonly describe: (sources: OperationSources) => Operation;
}
