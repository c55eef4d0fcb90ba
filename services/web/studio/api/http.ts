/** Calls of the web service's own HTTP API: JSON in, JSON out, errors as problem details. */

/** What the API answers instead of a result (RFC 9457). */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** A name of ErrorReason. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
}

export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface HttpCall {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON; a Blob or FormData is sent as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

type AnswerWatcher = (problem: Problem | undefined) => void;
const watchers: AnswerWatcher[] = [];

/** Tells of every call of the page how it ended; undefined where it succeeded. */
export function watchAnswers(watcher: AnswerWatcher): void {
  watchers.push(watcher);
}

export function tellAnswer(problem?: Problem): void {
  for (const watcher of watchers) watcher(problem);
}

/** Throws ProblemError where the API refuses, and where it cannot be reached. */
export async function callApi(path: string, call: HttpCall = {}): Promise<Response> {
  const response = await send(path, call).catch((error: unknown) => {
    if (error instanceof ProblemError) tellAnswer(error.problem);
    throw error;
  });
  tellAnswer();
  return response;
}

async function send(path: string, call: HttpCall): Promise<Response> {
  const { method = "GET", body, signal, headers = {} } = call;
  const isRaw = body instanceof Blob || body instanceof FormData;
  const response = await fetch(apiUrl(path), {
    method,
    headers: {
      ...(body !== undefined && !isRaw && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ProblemError(unreachable());
  });
  if (!response.ok) throw new ProblemError(await problemIn(response));
  return response;
}

/** The JSON that a call answers with. Throws like `callApi`. */
export async function callJson<T>(path: string, call: HttpCall = {}): Promise<T> {
  return (await (await callApi(path, call)).json()) as T;
}

/** The page may be served below any path, and the API is beside it. */
export function apiUrl(path: string): string {
  return new URL(path.replace(/^\//, ""), document.baseURI).href;
}

async function problemIn(response: Response): Promise<Problem> {
  return problemOf(await response.text(), response);
}

/** The problem that an answer's text holds, or one that says its status. */
export function problemOf(
  text: string,
  { status, statusText }: Pick<Response, "status" | "statusText">,
): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    const detail = `the server answered ${status} ${statusText}`;
    return { title: detail, status, detail, reason: "", metadata: {}, violations: [] };
  }
}

export function unreachable(): Problem {
  const detail = "the server cannot be reached";
  return { title: detail, status: 0, detail, reason: "", metadata: {}, violations: [] };
}
