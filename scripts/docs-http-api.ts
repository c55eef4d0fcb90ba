/** docs/openapi.json, and docs/http-api.md: every operation of the HTTP interface in tables. */
import { openApiDocument } from "../services/web/openapi/document.js";
import type { Operation } from "../services/web/openapi/schema.js";
import { NOTICE, table } from "./docs-table.js";

export function openApiText(): string {
  return JSON.stringify(openApiDocument(), null, 1);
}

export function httpApiPage(): string {
  const { paths, tags } = openApiDocument();
  const operations = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })),
  );
  return [
    "# HTTP interface: operations",
    NOTICE,
    "[openapi.json](openapi.json) is the same as a document for programs, with every message; the web service serves it at" +
      " `/openapi.json`. [api.md](api.md) explains the messages, [errors.md](errors.md) the reasons.",
    ...tags.flatMap(({ name, description }) => [
      `## ${name}`,
      description,
      table(
        ["operation", "path", "takes", "answers"],
        operations
          .filter(({ operation }) => operation.tags.includes(name))
          .map(({ path, verb, operation }) => [
            operation.summary,
            `\`${verb.toUpperCase()} ${path}\``,
            takes(operation),
            answers(operation),
          ]),
      ),
      ...operations
        .filter(({ operation }) => operation.tags.includes(name) && operation.description)
        .map(({ operation: { summary, description } }) => `**${summary}.** ${description}`),
    ]),
  ].join("\n\n");
}

function takes({ parameters = [], requestBody }: Operation): string {
  const named = parameters
    .filter(({ in: where }) => where !== "path")
    .map(({ name, in: where }) => `\`${name}\`${where === "header" ? " (header)" : ""}`);
  const types = Object.keys(requestBody?.content ?? {}).map((type) => `a body of ${type}`);
  return [...named, ...types].join(", ");
}

function answers({ responses }: Operation): string {
  return Object.keys(responses).join(", ");
}
