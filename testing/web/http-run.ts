/** Sends the requests of a `.http` file one after the other, and checks what they expect. */
import assert from "node:assert/strict";
import { bodyBytes, type Expectation, type HttpFile, type HttpRequest } from "./http-file.js";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Longest that one answer may take: an answer of events ends with its job. */
const ANSWER_MS = 120_000;

/** What the requests of one file know: its variables, and the answers so far. */
export class HttpSession {
  readonly #file: HttpFile;
  readonly #variables: ReadonlyMap<string, string>;
  readonly #answers = new Map<string, HttpAnswer>();

  /** `given` replaces variables of the file. */
  constructor(file: HttpFile, given: Readonly<Record<string, string>>) {
    this.#file = file;
    this.#variables = new Map([...file.variables, ...Object.entries(given)]);
  }

  /** Sends a request. Throws an AssertionError if its answer is not as expected. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const headers = request.headers.map(([name, value]): [string, string] => [
      name,
      this.#filled(value),
    ]);
    const isForm = headers.some(
      ([name, value]) => name === "content-type" && /^multipart/.test(value),
    );
    const lines = request.body.map((line) => this.#filled(line));
    const response = await fetch(this.#filled(request.url), {
      method: request.verb,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(lines.length > 0 && {
        body: Uint8Array.from(bodyBytes(lines, this.#file.folder, isForm ? "\r\n" : "\n")),
      }),
    });
    const answer = {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
    for (const expectation of request.expectations) this.#check(expectation, answer);
    if (request.name !== "") this.#answers.set(request.name, answer);
    return answer;
  }

  #check({ subject, relation, value }: Expectation, answer: HttpAnswer): void {
    const found = shownValue(subject, answer);
    const wanted = this.#filled(value.replace(/^"(.*)"$/, "$1"));
    const shown = `${subject} is ${found}; expected ${relation} ${wanted}: ${shownBody(answer)}`;
    if (relation === "==") assert.equal(found, wanted, shown);
    else assert.match(found, new RegExp(wanted), shown);
  }

  #filled(text: string): string {
    return text.replaceAll(/\{\{([^}]+)\}\}/g, (_, name: string) => {
      const [, request = "", where = ""] = /^(\w+)\.response\.(.+)$/.exec(name) ?? [];
      const answer = this.#answers.get(request);
      if (answer) return shownValue(where.replace(/^(?:body|headers)\./, ""), answer);
      const value = this.#variables.get(name);
      assert.ok(value !== undefined, `there is no variable ${name}`);
      return this.#filled(value);
    });
  }
}

/** `status`, `size`, `body`, a path of JSON such as `$.artifacts.0.name`, or a header's name. */
function shownValue(subject: string, { status, headers, body }: HttpAnswer): string {
  if (subject === "status") return String(status);
  if (subject === "size") return String(body.length);
  if (subject === "body") return body.toString();
  if (!subject.startsWith("$")) return headers.get(subject) ?? "";
  let value: unknown = JSON.parse(body.toString());
  for (const key of subject.split(".").slice(1)) {
    value = Object(value)[key];
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value ?? "");
}

function shownBody({ status, body }: HttpAnswer): string {
  return `${status} ${body.subarray(0, 600).toString()}`;
}
