/** Whether the API answers, and whether it takes the page's key. Every call of the page tells. */
import { signal } from "@preact/signals";
import { callApi, type Problem, watchAnswers } from "../api/http.js";

export type Session =
  /** No call has ended yet, or the last one was answered. */
  | { readonly kind: "open" }
  /** The server wants a key, or another one. */
  | { readonly kind: "locked"; readonly problem: Problem }
  /** Nobody answers, or the web service cannot reach the gateway. */
  | { readonly kind: "away"; readonly problem: Problem };

export const session = signal<Session>({ kind: "open" });

const UNAUTHENTICATED = 401;
/** No answer at all, and the answers of a server or a proxy that has nobody behind it. */
const AWAY: ReadonlySet<number> = new Set([0, 502, 503, 504]);

watchAnswers((problem) => {
  const { status } = problem ?? {};
  if (problem && status === UNAUTHENTICATED) session.value = { kind: "locked", problem };
  else if (problem && AWAY.has(problem.status)) session.value = { kind: "away", problem };
  else if (session.peek().kind !== "open") session.value = { kind: "open" };
});

/** The server keeps the key in a cookie that no script can read. Throws ProblemError. */
export async function giveKey(key: string): Promise<void> {
  await callApi("/session", { method: "PUT", body: { key } });
  session.value = { kind: "open" };
}

/** Resolves when the session is no longer locked. */
export function openSession(): Promise<void> {
  return new Promise((resolve) => {
    const stop = session.subscribe(({ kind }) => {
      if (kind === "locked") return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}
