/**
 * Files of HTTP requests in the common `.http` format, which editors run too: requests apart by
 * `###`, variables as `@name = value` and `{{name}}`, bodies of files as `< path`, values of an
 * earlier answer as `{{NAME.response.body.$.field}}` and `{{NAME.response.headers.field}}`.
 * Comments of the form `# expect: …` say what the answer must be.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

export interface HttpRequest {
  /** The words after `###`. */
  readonly title: string;
  /** Of `# @name`, by which later requests refer to the answer; empty without one. */
  readonly name: string;
  readonly line: number;
  readonly verb: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: readonly string[];
  readonly expectations: readonly Expectation[];
}

/** `status == 200`, `$.state == "…"`, `etag ~ …`, `body ~ …`, `size == 100`. */
export interface Expectation {
  readonly subject: string;
  readonly relation: "==" | "~";
  readonly value: string;
}

export interface HttpFile {
  readonly folder: string;
  readonly variables: ReadonlyMap<string, string>;
  readonly requests: readonly HttpRequest[];
}

export function readHttpFile(path: string): HttpFile {
  return { folder: dirname(path), ...parseHttpFile(readFileSync(path, "utf8")) };
}

/** Throws an Error with the line that is no part of the format. */
export function parseHttpFile(text: string): Omit<HttpFile, "folder"> {
  const lines = text.split(/\r?\n/);
  const starts = lines.flatMap((line, index) => (line.startsWith("###") ? [index] : []));
  const head = lines.slice(0, starts[0] ?? lines.length);
  const variables = head
    .map((line) => /^@([\w-]+)\s*=\s*(.*)$/.exec(line))
    .flatMap((match): [string, string][] => (match ? [[match[1] ?? "", match[2] ?? ""]] : []));
  return {
    variables: new Map(variables),
    requests: starts.map((start, index) =>
      parseRequest(lines.slice(start, starts[index + 1]), start + 1),
    ),
  };
}

function parseRequest([title = "", ...lines]: readonly string[], line: number): HttpRequest {
  const firstPlain = lines.findIndex((each) => each !== "" && !each.startsWith("#"));
  const [verb = "", url = ""] = (lines[firstPlain] ?? "").split(/\s+/);
  if (!/^[A-Z]+$/.test(verb) || url === "") {
    throw new Error(`line ${line}: a request begins with a method and an address`);
  }
  const comments = lines.slice(0, firstPlain);
  const rest = lines.slice(firstPlain + 1);
  const blank = rest.indexOf("");
  const headerLines = blank < 0 ? rest : rest.slice(0, blank);
  const body = blank < 0 ? [] : rest.slice(blank + 1);
  while (body.at(-1) === "") body.pop();
  return {
    title: title.replace(/^#+\s*/, ""),
    name: comments.map((each) => /^# @name (\w+)$/.exec(each)?.[1]).find(Boolean) ?? "",
    line,
    verb,
    url,
    headers: headerLines.map((each) => {
      const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(each) ?? [];
      if (!name) throw new Error(`line ${line}: ${each} is no header`);
      return [name.toLowerCase(), value ?? ""] as const;
    }),
    body,
    expectations: comments.flatMap((each) => {
      const [, words] = /^# expect: (.*)$/.exec(each) ?? [];
      return words === undefined ? [] : [parseExpectation(words, line)];
    }),
  };
}

function parseExpectation(words: string, line: number): Expectation {
  if (/^\d{3}$/.test(words)) return { subject: "status", relation: "==", value: words };
  const [, subject, relation, value] = /^(\S+) (==|~) (.+)$/.exec(words) ?? [];
  if (!subject || (relation !== "==" && relation !== "~") || value === undefined) {
    throw new Error(`line ${line}: ${words} is no expectation`);
  }
  return { subject, relation, value };
}

/** The bytes of a body whose lines of the form `< path` stand for files. */
export function bodyBytes(lines: readonly string[], folder: string, lineEnd: string): Buffer {
  const parts = lines.map((line) => {
    const [, path] = /^< (.+)$/.exec(line) ?? [];
    return path === undefined ? Buffer.from(line) : readFileSync(resolve(folder, path));
  });
  const between = Buffer.from(lineEnd);
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [between, part])));
}
