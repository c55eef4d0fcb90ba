/** Operations whose bodies or answers are streams, and what several of them have in common. */
import { methodOf } from "../json/descriptors.js";
import { failuresOf } from "./failures.js";
import { problemResponses } from "./problem-responses.js";
import type { Operation, Parameter, Response } from "./schema.js";
import { namesOf, type OperationSources, pathParameters } from "./unary-operations.js";

export const BYTES = { type: "string", contentMediaType: "application/octet-stream" } as const;
export const FLAG = { type: "string", enum: ["", "true", "false"] } as const;
export const OFFSET = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

export const text = (description: string) => ({ description, schema: { type: "string" } as const });
export const LOCATION = { location: text("Path of what was made.") };

interface Described {
  readonly methods: readonly string[];
  readonly path: string;
  readonly parameters?: readonly Parameter[];
  readonly more?: string;
  readonly body?: NonNullable<Operation["requestBody"]>;
  readonly answers: Readonly<Record<string, Response>>;
}

/**
 * An operation that stands for methods whose requests or answers are streams; the first names it.
 */
export function streamed(
  { methods, path, parameters = [], more, body, answers }: Described,
  { comments }: OperationSources,
): Operation {
  const descs = methods.map(methodOf);
  const [named] = descs;
  if (!named) throw new Error(`${path} has no method`);
  const all = [...pathParameters(path), ...parameters];
  return {
    ...namesOf(named, comments),
    ...(more && { description: more }),
    ...(all.length > 0 && { parameters: all }),
    ...(body && { requestBody: body }),
    responses: {
      ...answers,
      ...problemResponses(failuresOf(descs, { path, takesBody: body !== undefined, comments })),
    },
  };
}
