/** Whose key the page has: the tenant, what it may do, and whether a cookie keeps the key. */
import { effect, signal } from "@preact/signals";
import { callApi, callJson, ProblemError } from "../api/http.js";
import { session } from "./session.js";

export interface Who {
  readonly tenant: string;
  /** Names of Role. */
  readonly roles: readonly string[];
  readonly signedIn: boolean;
}

/** Undefined until the server has said it, and while it wants a key. */
export const who = signal<Who | undefined>(undefined);

/** Asks again whenever a key was given. Runs until the page is closed. */
export function followWho(): void {
  effect(() => {
    if (session.value.kind === "open") void ask();
    else if (session.value.kind === "locked") who.value = undefined;
  });
}

async function ask(): Promise<void> {
  try {
    who.value = await callJson<Who>("/session");
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
}

/** The cookie is gone then, and the page begins anew. Throws ProblemError. */
export async function forgetKey(): Promise<void> {
  await callApi("/session", { method: "DELETE" });
  location.reload();
}
