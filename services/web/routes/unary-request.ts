/** The message of a request whose call takes one: from its path, and its query or its body. */
import type { DescMessage } from "@bufbuild/protobuf";
import type { FastifyRequest } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";
import { encodeJson } from "../json/proto-json.js";
import { queryJson } from "../json/query.js";
import { pathPattern, type UnaryRoute } from "./unary-routes.js";

type Params = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;
type UnaryRequest = Pick<FastifyRequest, "url" | "body" | "params">;

/**
 * Throws PARAMETER_UNKNOWN for what is no part of the message, PARAMETER_CONFLICT for a field that
 * the path names already.
 */
export function unaryMessage(
  { verb, fields = {} }: UnaryRoute,
  input: DescMessage,
  { url, body, params }: UnaryRequest,
): Uint8Array {
  const inPath = new Set(Object.keys(fields));
  const takesBody = verb === "POST" || verb === "PUT";
  const query = new URLSearchParams(url.slice(pathLength(url)));
  const everyField = new Set(input.fields.map(({ name }) => name));
  const fromQuery = queryJson(input, query, takesBody ? everyField : inPath);
  if (!takesBody && body !== undefined) throw noBody();
  const given: unknown = takesBody ? (body ?? {}) : fromQuery;
  if (inPath.size === 0) return encodeJson(input, given);
  if (isObject(given)) assertNotTwice(input, inPath, given);
  const fromPath = Object.entries(fields).map(([field, template]) => [
    field,
    template.replaceAll(pathPattern, (_, name: string) => (params as Params)[name] ?? ""),
  ]);
  // What is no object is refused for that.
  const json = isObject(given) ? { ...given, ...Object.fromEntries(fromPath) } : given;
  return encodeJson(input, json);
}

function pathLength(url: string): number {
  const at = url.indexOf("?");
  return at < 0 ? url.length : at;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function assertNotTwice(input: DescMessage, inPath: ReadonlySet<string>, json: Json): void {
  for (const { name, jsonName } of input.fields) {
    if (!inPath.has(name) || !(name in json || jsonName in json)) continue;
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `the path gives ${jsonName}, and so does the body`,
      {
        metadata: { field: jsonName },
      },
    );
  }
}

function noBody(): DepthmeshError {
  return new DepthmeshError("PARAMETER_UNKNOWN", "this method of the path takes no body", {
    metadata: { field: "body" },
  });
}
