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

/** Throws ProblemError where the API refuses, and where it cannot be reached. */
export async function callApi(path: string, call: HttpCall = {}): Promise<Response> {
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
  const text = await response.text();
  try {
    return JSON.parse(text) as Problem;
  } catch {
    const { status, statusText } = response;
    const detail = `the server answered ${status} ${statusText}`;
    return { title: detail, status, detail, reason: "", metadata: {}, violations: [] };
  }
}

function unreachable(): Problem {
  const detail = "the server cannot be reached";
  return { title: detail, status: 0, detail, reason: "", metadata: {}, violations: [] };
}
