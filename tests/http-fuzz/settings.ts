/** What schemathesis checks, and which names of resources its requests may use. */

/**
 * Not among them: whether right data is accepted, because rules between fields and the state of
 * resources decide that, and whether wrong data is refused, because JSON of proto3 takes more forms
 * than a schema has (numbers as strings, null for what is absent).
 */
export const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "unsupported_method",
  "allow_header_conformance",
] as const;

/** Ids of resources that exist. */
export interface Known {
  readonly jobs: readonly string[];
  readonly artifacts: readonly string[];
  readonly uploads: readonly string[];
}

/** How often a parameter names something that exists; otherwise its value is made up. */
const PROBABILITY = 0.6;
/** Events of one stream that are looked at. */
const STREAM_EVENTS = 20;

/** The settings of schemathesis, as TOML. */
export function fuzzSettings({ jobs, artifacts, uploads }: Known): string {
  const dictionary = (name: string, values: readonly string[]) =>
    `[dictionaries.${name}]\nvalues = ${JSON.stringify(values)}\n`;
  const parameter = (name: string, from: string) =>
    `"path.${name}" = { dictionary = "${from}", probability = ${PROBABILITY} }\n`;
  return [
    `max-stream-events = ${STREAM_EVENTS}\n`,
    dictionary("jobs", jobs),
    dictionary("artifacts", artifacts),
    dictionary("uploads", uploads),
    "[parameters]\n",
    parameter("job", "jobs"),
    parameter("artifact", "artifacts"),
    parameter("upload", "uploads"),
    // Deleting would take the job away from the others.
    '[[operations]]\ninclude-operation-id = ["deleteJob"]\nparameters = {}\n',
    "[checks.not_a_server_error]\n",
    // 501 of a method that an older gateway lacks, 503 and 504 while a part of the mesh is busy,
    // 507.
    'expected-statuses = ["2xx", "3xx", "4xx", "501", "503", "504", "507"]\n',
  ].join("");
}
